"""How operators are called and found by name."""

from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select

ACCENTS = dict(zip("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszz" * 2, strict=True))


def name_of(user: User) -> str:
    """First and last name, as people say them."""
    return f"{user.first_name} {user.last_name}".strip()


def plain(text: Any) -> Any:
    """SQL for a text without case and Polish accents, the same on both engines."""
    for letter, base in ACCENTS.items():
        text = func.replace(text, letter, base)
    return func.lower(text)


searched = plain(User.last_name + " " + User.first_name + " " + User.username + " " + User.email)


def name_in_order(user_id: Any) -> Any:
    """SQL for how an operator given by id is called where names stand in order."""
    user = User.__table__.alias()
    name = select(user.c.last_name + " " + user.c.first_name).where(user.c.id == user_id)
    return name.correlate_except(user).scalar_subquery()
