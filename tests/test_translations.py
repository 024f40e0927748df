"""Every text of the product is in the catalogue, in Polish, with the same names in it."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "app" / "translations" / "pl" / "LC_MESSAGES" / "messages.po"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
    "_n": (1, 2),
}
PLACE = re.compile(r"%\((\w+)\)[sd]")


@cache
def catalogue() -> Catalog:
    """The Polish catalogue."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="pl")


@cache
def extracted() -> dict[str, str]:
    """Texts of the sources, with one place each."""
    found: dict[str, str] = {}
    texts = extract_from_dir(ROOT / "app", METHODS, OPTIONS, keywords=KEYWORDS)
    for file, line, message, _comments, _context in texts:
        first = message[0] if isinstance(message, tuple) else message
        found.setdefault(first, f"{file}:{line}")
    return found


def messages() -> list[Message]:
    """The messages in use, without the header."""
    return [one for one in catalogue() if one.id]


def forms(message: Message) -> list[str]:
    """The translation, or its plural forms."""
    return list(message.string) if isinstance(message.string, tuple) else [message.string or ""]


def first_id(message: Message) -> str:
    """The text itself, in the singular."""
    return message.id[0] if isinstance(message.id, tuple | list) else message.id


def test_every_text_is_in_the_catalogue() -> None:
    known = {first_id(message) for message in messages()}
    missing = {text: place for text, place in extracted().items() if text not in known}
    assert missing == {}, "make the catalogue anew and translate these"


def test_every_text_is_translated() -> None:
    empty = [first_id(one) for one in messages() if not all(forms(one)) or one.fuzzy]
    assert empty == []


def test_translations_keep_the_names_in_the_text() -> None:
    wrong = [
        first_id(message)
        for message in messages()
        for form in forms(message)
        if not set(PLACE.findall(form)) <= set(PLACE.findall(str(message.id)))
    ]
    assert wrong == []


def test_polish_has_three_plural_forms() -> None:
    plural = [one for one in messages() if isinstance(one.id, tuple | list)]
    assert [first_id(one) for one in plural if len(forms(one)) != 3] == []


def test_texts_are_found_in_code_and_templates() -> None:
    places = extracted()
    assert "Earlier stages are still open." in places
    assert any(place.startswith("templates/") for place in places.values())


@pytest.mark.parametrize("text", ["Events", "Earlier stages are still open."])
def test_a_text_is_answered_in_polish(text: str) -> None:
    message = catalogue().get(text)
    assert message is not None
    assert message.string != text
