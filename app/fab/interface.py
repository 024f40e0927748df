"""The framework's access to tables, without its commits."""

from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface

from app.db import flush


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
