"""Text that a spreadsheet would take for a formula is written with an apostrophe before it."""

import unicodedata

STARTERS = frozenset("=+-@−")
BREAKS = frozenset("\t\r\n")
UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"})  # blanks, controls, of no width


def is_formula(text: str) -> bool:
    """Whether the text begins like a formula, also behind what is not seen and in other widths."""
    if text[:1] in BREAKS:
        return True
    seen = next((sign for sign in text if unicodedata.category(sign) not in UNSEEN), "")
    return unicodedata.normalize("NFKC", seen)[:1] in STARTERS


def guarded(text: str) -> str:
    """The text as a file of plain text may hold it."""
    return f"'{text}" if is_formula(text.lstrip("'")) else text


def unguarded(text: str) -> str:
    """The text that a file of plain text holds."""
    return text[1:] if text[:1] == "'" and is_formula(text.lstrip("'")) else text
