"""Who may log in, and how often they may try: counted for all workers and both doors."""

from datetime import timedelta

from flask import current_app, request
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash

from app.db import db, fold, now, transaction
from app.errors import Reason, TooMany
from app.operators.models import LoginAttempt
from app.operators.passwords import LONGEST

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 10, 30


def login(username: str, password: str) -> User | None:
    """The operator with this name (or e-mail) and password; None tells nothing of which was wrong.

    Raises TooMany after too many failures of the account or the address.
    """
    user = account_of(username)
    count_attempt(user.username if user else username)
    stored = user.password if user and user.active else None
    compared = stored or current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"]
    right = len(password) <= LONGEST and check_password_hash(compared, password)
    return user if stored and right else None


def account_of(username: str) -> User | None:
    """The operator with this name, else with this e-mail address."""
    name = username.strip()[:320]
    query = select(User).where(or_(User.username == name, User.email == name))
    found = list(db.session.scalars(query.limit(2), execution_options={"unscoped": True}))
    return next((user for user in found if user.username == name), found[0] if found else None)


def count_attempt(username: str) -> None:
    """Note an attempt, before its password is looked at; raises TooMany past the limits.

    Attempts of one account, and of one address, queue here, so that many at once are no way round.
    """
    account, address = account_key(username), request.remote_addr or "?"
    with transaction() as session:
        if session.connection().dialect.name == "postgresql":
            for kind, key in ((1, account), (2, address)):
                session.execute(select(func.pg_advisory_xact_lock(kind, func.hashtext(key))))
        refuse_flood(session, account, address)
        session.add(LoginAttempt(account=account, address=address))


def account_key(username: str) -> str:
    """Under which name the attempts of an account are counted."""
    return fold(username.strip())[:128]


def refuse_flood(session: Session, account: str, address: str) -> None:
    """Raise TooMany if the account or the address was tried too often lately."""
    recent = LoginAttempt.at > now() - WINDOW
    query = select(
        func.count().filter(LoginAttempt.account == account),
        func.count().filter(LoginAttempt.address == address),
    ).where(recent, or_(LoginAttempt.account == account, LoginAttempt.address == address))
    by_account, by_address = session.execute(query).one()
    if by_account >= PER_ACCOUNT or by_address >= PER_ADDRESS:
        text = _("Too many attempts. Please wait 15 minutes and try again.")
        raise TooMany(Reason("login.too_many", text))


def forget_attempts(user: User) -> None:
    """After a good login the account starts anew; old rows are cleared away."""
    mine = LoginAttempt.account == account_key(user.username)
    old = or_(mine, LoginAttempt.at < now() - WINDOW)
    db.session.execute(delete(LoginAttempt).where(old))
