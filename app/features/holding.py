"""Nobody writes a value by a definition that somebody changes at that moment.

Who writes a value holds its definition with others, who rewrites all values holds it alone. On
SQLite writers queue anyway, and read the definitions when it is their turn.
"""

from collections.abc import Collection

from flask_babel import gettext as _
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from app.db import db
from app.errors import Conflict, Reason
from app.features.models import Feature

LOCK = 7_364_203
PATIENCE = text("set local lock_timeout = '5s'")


def hold(features: Collection[Feature]) -> None:
    """Keep these definitions until the transaction ends; raises Conflict if they were changed."""
    session = db.session()
    held: set[int] = session.info.setdefault("held", set())
    new = sorted((one for one in features if one.id not in held), key=lambda one: one.id)
    if not new or session.get_bind().dialect.name != "postgresql":
        return
    locks = [func.pg_try_advisory_xact_lock_shared(LOCK, one.id) for one in new]
    free = all(session.execute(select(*locks)).one())
    columns = (Feature.id, Feature.kind, Feature.target, Feature.campaign)
    query = select(*columns).where(Feature.id.in_([one.id for one in new])).order_by(Feature.id)
    known = [(one.id, one.kind, one.target, one.campaign) for one in new]
    if not free or [tuple(row) for row in session.execute(query)] != known:
        raise Conflict(Reason("feature.changing", _("A feature is being changed. Try again.")))
    held.update(one.id for one in new)


def hold_alone(feature_id: int) -> None:
    """Wait a little for those who write values, and keep others from it; raises Conflict."""
    session = db.session()
    if session.get_bind().dialect.name != "postgresql":
        return
    session.execute(PATIENCE)
    try:
        session.execute(select(func.pg_advisory_xact_lock(LOCK, feature_id)))
    except OperationalError as error:
        words = _("Somebody is writing many values of this feature. Try again later.")
        raise Conflict(Reason("feature.busy", words)) from error
    session.execute(text("set local lock_timeout = 0"))
