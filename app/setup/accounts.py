"""The first administrator."""

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select

from app.contractors.models import Contractor
from app.db import db, transaction
from app.errors import InvalidValue, Reason
from app.events.models import Event
from app.operators.passwords import check_password, hash_password
from app.persons.models import Person
from app.setup.definitions import ADMINISTRATOR


def write_admin(username: str, password: str, email: str | None = None) -> None:
    """Create the administrator, or give the account a new password, the role and its life back."""
    check_password(password, username)
    stored = hash_password(password)
    with transaction():
        role = db.session.scalar(select(Role).where(Role.name == ADMINISTRATOR))
        if role is None:
            raise InvalidValue(Reason("setup.roles", "Run `flask setup roles` first."))
        user = db.session.scalar(select(User).where(User.username == username))
        if user is None:
            address = email or f"{username}@localhost.localdomain"
            names = {"first_name": "", "last_name": "Administrator"}
            user = User(username=username, email=address, active=True, **names)
            db.session.add(user)
        user.password, user.active = stored, True
        if role not in user.roles:
            user.roles.append(role)


def has_admin() -> bool:
    """Whether somebody may log in as administrator."""
    query = select(User).join(User.roles).where(Role.name == ADMINISTRATOR, User.active)
    return db.session.scalar(query.where(User.password.is_not(None)).limit(1)) is not None


def has_no_records() -> bool:
    """Whether nobody has worked in this database yet."""
    unscoped = {"unscoped": True}
    firsts = (select(model.id).limit(1) for model in (Contractor, Person, Event))
    return all(db.session.scalar(one, execution_options=unscoped) is None for one in firsts)
