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


def last_name_first(user: Any) -> Any:
    """SQL for how an operator is called where names stand in order."""
    return user.last_name + " " + user.first_name


def name_in_order(user_id: Any) -> Any:
    """The same for an operator given by id."""
    user = User.__table__.alias()
    name = select(last_name_first(user.c)).where(user.c.id == user_id)
    return name.correlate_except(user).scalar_subquery()
