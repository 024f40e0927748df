"""Which registers carry notes and files; who sees a record sees what it carries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, false, or_, select, union_all

from app.access import visibility
from app.access.current import Actor
from app.records.models import Attachment, Note

Keys = Sequence[tuple[str, Any]]  # (record type, id or SELECT of ids)
Also = Callable[[Any], Keys]


@dataclass(frozen=True)
class Subject:
    """A register whose records carry notes and files, and its page."""

    model: type[Any]
    page: str
    label: Any

    @property
    def name(self) -> str:
        """How notes and programs name the register."""
        return str(self.model.__tablename__)


_subjects: dict[str, Subject] = {}
_also: dict[type[Any], list[Also]] = {}
_tables: dict[str, Any] = {}


def register(model: type[Any], page: str, label: Any) -> None:
    """Let the records of a register carry notes and files."""
    subject = Subject(model, page, label)
    _subjects[subject.name] = subject
    _tables[subject.name] = model.__table__.alias(f"carrying_{subject.name}")


def subject_of(name: str) -> Subject | None:
    """The register of this name, if it carries notes and files."""
    return _subjects.get(name)


def names() -> Mapping[str, Any]:
    """The names of all such registers with their words."""
    return {name: subject.label for name, subject in _subjects.items()}


def carrier(record_type: str, record_id: int) -> Any | None:
    """The visible record that carries a note or file."""
    subject = _subjects.get(record_type)
    return visibility.find_visible(subject.model, record_id) if subject else None


def url_of(record_type: str, record_id: int, **more: Any) -> str:
    """The card of a record."""
    return url_for(f"{_subjects[record_type].page}.show", pk=record_id, **more)


def add_keys(model: type[Any], also: Also) -> None:
    """Let the time line of `model` show what records below it carry too."""
    _also.setdefault(model, []).append(also)


def keys_of(record: Any) -> Keys:
    """The record, and the records whose notes and files belong to its time line."""
    more = [key for also in _also.get(type(record), []) for key in also(record)]
    return [(record.__tablename__, record.id), *more]


def carried_by(table: Any, keys: Keys) -> ColumnElement[bool]:
    """Whether a note or file belongs to one of the keys; asked part by part, by the index."""
    rows: Any = table.__table__.alias()
    parts: list[Select[Any]] = [
        select(rows.c.id).where(rows.c.record_type == kind, one_of(rows.c.record_id, ids))
        for kind, ids in keys
    ]
    found: ColumnElement[bool] = table.id.in_(union_all(*parts) if parts[1:] else parts[0])
    return found


def one_of(column: Any, ids: Any) -> ColumnElement[bool]:
    """Whether a column is the id, or one of a SELECT of ids."""
    test: ColumnElement[bool] = column == ids if isinstance(ids, int) else column.in_(ids)
    return test


def _living(columns: Any) -> ColumnElement[bool]:
    return and_(columns.trashed_at.is_(None), _on(columns, visibility.lives))


def _on_visible(columns: Any, actor: Actor) -> ColumnElement[bool]:
    return _on(columns, lambda model, row: visibility.within(model, actor, row))


def _on(columns: Any, test: Callable[[Any, Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether the record that carries it passes the test of its register."""
    carriers = (
        and_(
            columns.record_type == name,
            visibility.any_row(table, table.c.id == columns.record_id, test(model, table.c)),
        )
        for name, table in _tables.items()
        for model in (_subjects[name].model,)
    )
    return or_(false(), *carriers)


for carried in (Note, Attachment):
    visibility.living(carried, _living)
    visibility.reach(carried, _on_visible)
