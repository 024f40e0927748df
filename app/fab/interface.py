"""The framework's access to tables, without its commits."""

import re
from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.db import db
from app.errors import InvalidValue, Reason

SHOWN_AS = {"folded": "name"}  # columns kept for comparing, by the field people fill in


class CrmInterface(SQLAInterface):
    """Adds, changes and deletes by flush; the commit is `transaction()`'s."""

    def get_filters(self, search_columns: Any = None, search_filters: Any = None) -> Any:
        """None of the framework's: they are shared by all requests. Ours are in app/lists."""
        return super().get_filters([])

    def add(self, item: Any, raise_exception: bool = False) -> bool:
        """Insert the row."""
        self.session.add(item)
        flush()
        return True

    def edit(self, item: Any, raise_exception: bool = False) -> bool:
        """Update the row."""
        flush()
        return True

    def delete(self, item: Any, raise_exception: bool = False) -> bool:
        """Delete the row."""
        self.session.delete(item)
        flush()
        return True


def flush() -> None:
    """Flush; a value that must be unique and is not becomes an InvalidValue naming its field."""
    try:
        db.session.flush()
    except IntegrityError as error:
        if field := duplicate_field(error):
            text = _("This value is taken by another record.")
            raise InvalidValue(Reason("duplicate", text, field=field)) from error
        raise


def duplicate_field(error: IntegrityError) -> str | None:
    """The last column of the violated unique constraint, as both engines report it."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        if getattr(error.orig, "sqlstate", "") != "23505":
            return None
        found = re.search(r"Key \((.+?)\)=", diagnosis.message_detail or "")
    else:
        found = re.search(r"UNIQUE constraint failed: (.+)", str(error.orig))
    column = found.group(1).split(",")[-1].strip().split(".")[-1] if found else None
    return SHOWN_AS.get(column or "", column)
