"""Which passwords may be used, and how they are stored."""

from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from werkzeug.security import generate_password_hash

from app.db import fold
from app.errors import InvalidValue, Reason, refuse_if

SHORTEST, LONGEST = 12, 256
ROWS = "0123456789012 9876543210 qwertyuiop asdfghjkl zxcvbnm abcdefghijklmnopqrstuvwxyz"
COMMON = Path(__file__).with_name("common_words.txt").read_text().split()


def check_password(password: str, username: str) -> None:
    """Raise InvalidValue if the password may not be used."""
    refuse_if(reasons_against_password(password, username), InvalidValue)


def reasons_against_password(password: str, username: str) -> list[Reason]:
    """A password has 12 to 256 characters and is not the name, well known or a row of keys."""
    if len(password) < SHORTEST:
        text = _("The password needs at least %(count)s characters.", count=SHORTEST)
        return [Reason("password.short", text, field="password")]
    if len(password) > LONGEST:
        return [Reason("password.long", _("The password is too long."), field="password")]
    if is_easy(fold(password), fold(username.strip())):
        text = _("This password is too easy to guess.")
        return [Reason("password.weak", text, field="password")]
    return []


def is_easy(password: str, username: str) -> bool:
    """Whether little is left without the name, well-known words, repetition and key rows."""
    words = sorted({*COMMON, username} - {""}, key=len, reverse=True)
    rest = password
    for word in words:
        rest = rest.replace(word, "", rest.count(word)) if len(word) > 2 else rest
    return len(set(password)) < 5 or len(rest) < 5 or is_repeated(password) or in_rows(password)


def is_repeated(text: str) -> bool:
    """Whether the text is one short piece again and again."""
    return any(text in text[:size] * (len(text) // size + 1) for size in range(1, 5))


def in_rows(text: str) -> bool:
    """Whether nearly every two neighbours are neighbours on the keyboard or in the alphabet."""
    pairs = [text[place : place + 2] for place in range(len(text) - 1)]
    return sum(pair in ROWS for pair in pairs) > 0.75 * len(pairs)


def hash_password(password: str) -> str:
    """The stored form of a password; slow on purpose, so call it outside transactions."""
    return generate_password_hash(password, current_app.config.get("PASSWORD_METHOD", "scrypt"))
