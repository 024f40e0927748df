"""Who may log in, and how often they may try: counted in the database for all workers and doors."""

from datetime import timedelta

from flask import current_app, request
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select
from werkzeug.security import check_password_hash

from app.db import db, fold, now, transaction
from app.errors import InvalidValue, Reason, TooMany, refuse_if
from app.operators.models import LoginAttempt

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 10, 30
SHORTEST, LONGEST = 12, 256
COMMON = frozenset({"password1234", "123456789012", "qwertyuiop12", "haslohaslo12", "administrator"})


def login(username: str, password: str) -> User | None:
    """The operator with this name (or e-mail) and password; None tells nothing of which was wrong.

    Raises TooMany after too many failures of the account or the address.
    """
    account, address = fold(username)[:128], request.remote_addr or "?"
    refuse_flood(account, address)
    user = _account(username)
    usable = user is not None and user.active and user.password
    stored = user.password if usable else current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"]
    right = len(password) <= LONGEST and check_password_hash(stored, password)
    if usable and right:
        return user
    with transaction() as session:
        session.add(LoginAttempt(account=account, address=address))
    return None


def _account(username: str) -> User | None:
    name = username.strip()[:320]
    query = select(User).where(or_(User.username == name, User.email == name))
    found = list(db.session.scalars(query.limit(2), execution_options={"unscoped": True}))
    return next((user for user in found if user.username == name), found[0] if found else None)


def refuse_flood(account: str, address: str) -> None:
    """Raise TooMany if the account or the address failed too often lately."""
    recent = LoginAttempt.at > now() - WINDOW
    query = select(
        func.count().filter(LoginAttempt.account == account),
        func.count().filter(LoginAttempt.address == address),
    ).where(recent, or_(LoginAttempt.account == account, LoginAttempt.address == address))
    by_account, by_address = db.session.execute(query).one()
    if by_account >= PER_ACCOUNT or by_address >= PER_ADDRESS:
        text = _("Too many attempts. Please wait 15 minutes and try again.")
        raise TooMany(Reason("login.too_many", text))


def forget_failures(username: str) -> None:
    """After a good login the account starts anew; old rows are cleared away."""
    account = fold(username)[:128]
    old = or_(LoginAttempt.account == account, LoginAttempt.at < now() - WINDOW)
    db.session.execute(delete(LoginAttempt).where(old))


def reasons_against_password(password: str, username: str) -> list[Reason]:
    """A password has 12 to 256 characters and is not the name or a well-known one."""
    if len(password) < SHORTEST:
        text = _("The password needs at least %(count)s characters.", count=SHORTEST)
        return [Reason("password.short", text, field="password")]
    if len(password) > LONGEST:
        return [Reason("password.long", _("The password is too long."), field="password")]
    plain = fold(password)
    if plain in COMMON or fold(username) == plain or len(set(plain)) < 5:
        text = _("This password is too easy to guess.")
        return [Reason("password.weak", text, field="password")]
    return []


def check_password(password: str, username: str) -> None:
    """Raise InvalidValue if the password may not be used."""
    refuse_if(reasons_against_password(password, username), InvalidValue)
