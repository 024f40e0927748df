"""Notes as people read them: Markdown without HTML, links that can't do harm, mentions marked."""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup

from app.records.rules import MENTION

SAFE = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
BEYOND = {"rel": "nofollow noopener noreferrer", "target": "_blank"}


def is_safe(url: str) -> bool:
    """Whether a note may link there."""
    return SAFE.match(url.strip()) is not None


def mention(state: StateInline, silent: bool) -> bool:
    """@username, as a mark of its own."""
    found = MENTION.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        state.push("mention", "span", 0).content = found.group(0)
    state.pos = found.end()
    return True


def show_mention(_self: Any, tokens: Sequence[Token], index: int, *_more: Any) -> str:
    """The mark in HTML; the pattern lets nothing through that would need escaping."""
    return f'<span class="mention">{tokens[index].content}</span>'


def show_link(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """A link that opens beside the product and tells the other side nothing."""
    for name, value in BEYOND.items():
        tokens[index].attrSet(name, value)
    return str(renderer.renderToken(tokens, index, options, env))


def show_heading(_self: Any, tokens: Sequence[Token], index: int, *_more: Any) -> str:
    """A heading inside a note is no heading of the page."""
    opening = tokens[index].nesting == 1
    return '<p class="note-heading">' if opening else "</p>\n"


def renderer() -> MarkdownIt:
    """The renderer of all notes."""
    made = MarkdownIt("js-default", {"html": False, "linkify": True, "breaks": True})
    made.disable(["image", "lheading"])
    made.validateLink = is_safe  # type: ignore[method-assign]
    made.inline.ruler.before("linkify", "mention", mention)
    made.add_render_rule("mention", show_mention)
    made.add_render_rule("link_open", show_link)
    for name in ("heading_open", "heading_close"):
        made.add_render_rule(name, show_heading)
    return made


_renderer = renderer()


def markdown(text: str | None) -> Markup:
    """The text in HTML."""
    return Markup(_renderer.render(text or ""))  # noqa: S704 - the renderer escapes all text
