"""Patterns that texts must fit: read by RE2, whose time grows with the text alone."""

from functools import lru_cache
from typing import Any

import re2

LONGEST = 200


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """The pattern, ready to match; raises re2.error."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def fault_in(pattern: str) -> str:
    """What RE2 says against a pattern; empty if it can be used."""
    try:
        compiled(pattern)
    except re2.error as error:
        return str(error.args[0], "utf-8")
    return ""


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says."""
    return compiled(pattern).fullmatch(text) is not None
