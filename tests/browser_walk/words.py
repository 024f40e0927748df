"""What people read on the screen: the texts of the product in their language."""

from collections.abc import Callable

from babel.support import Translations

import config

Words = Callable[..., str]


def words_in(locale: str) -> Words:
    """`say("Close event")`: the visible words, with values for their placeholders."""
    found = Translations.load(str(config.ROOT / "app" / "translations"), [locale])

    def say(text: str, **values: object) -> str:
        told: str = found.gettext(text)
        return told % values if values else told

    return say
