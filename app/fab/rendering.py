"""What a page does by the hundred, without detours: say a text, call a macro."""

from functools import cached_property
from typing import Any

from flask import Flask, g
from flask_babel import Babel, Domain, get_translations
from jinja2.runtime import Context, Macro
from markupsafe import Markup


class Texts(Domain):
    """Our catalogue; a request's language is asked once, not at every text."""

    def get_translations(self) -> Any:
        """The texts in the reader's language."""
        if not g:
            return super().get_translations()
        if (found := g.get("catalogue")) is None:
            found = g.catalogue = super().get_translations()
        return found


class Speech(Babel):
    """Polish and English from our catalogue alone."""

    @cached_property
    def domain_instance(self) -> Domain:
        """Where `gettext` of Python looks."""
        return Texts(domain=self.domain)


def texts() -> Any:
    """The texts in the reader's language."""
    return g.get("catalogue") or get_translations()


def say(text: str, **words: Any) -> Markup:
    """A text of a template in the reader's language."""
    said = Markup(texts().gettext(text))  # noqa: S704 - our own text, not data
    return said % words if words or "%" in said else said


class Scene(Context):
    """A template's variables; a macro is called without asking what kind of thing it is."""

    def call(self, given: Any, /, *args: Any, **words: Any) -> Any:
        """Call what a template calls."""
        if type(given) is not Macro:
            return super().call(given, *args, **words)
        words.pop("_block_vars", None)
        words.pop("_loop_vars", None)
        return given(self.eval_ctx, *args, **words)


def render_lean(app: Flask) -> None:
    """Give the templates our texts and our way of calling."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: texts().gettext(text),
        lambda one, many, number: texts().ngettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = say
    app.jinja_env.context_class = Scene
