"""What rows become: a row's fields are read, its record is found, then made or changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import String, inspect, select
from sqlalchemy.orm import Session

from app.access.current import Actor
from app.access.visibility import scoped_models, visible
from app.db import Checked, Model
from app.errors import InvalidValue, Reason, refuse_if
from app.exchange.files import Row
from app.exchange.lookups import KINDS, Lookup, pieces
from app.exchange.profiles import Profile, complaint
from app.exchange.sources import Source, Unreadable, read_day, read_moment, read_yes_no
from app.exchange.trees import Hanging, Values
from app.records import panels

CREATED, UPDATED, UNCHANGED, SKIPPED = "created", "updated", "unchanged", "skipped"
FEATURE = "features."


@dataclass(frozen=True)
class Job:
    """One import: what is to be done, by whom and when."""

    profile: Profile
    actor: Actor
    at: datetime
    zone: ZoneInfo
    session: Session


class Target:
    """Records of one kind; subclasses say which fields and keys there are."""

    model: ClassVar[type[Any]]
    view: ClassVar[str]
    texts: ClassVar[tuple[str, ...]] = ()
    moments: ClassVar[tuple[str, ...]] = ()
    days: ClassVar[tuple[str, ...]] = ()
    flags: ClassVar[tuple[str, ...]] = ()
    relations: ClassVar[tuple[str, ...]] = ()
    others: ClassVar[tuple[str, ...]] = ()
    required: ClassVar[tuple[str, ...]] = ()
    usual_key: ClassVar[tuple[str, ...]] = ()
    key_fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, job: Job) -> None:
        self.job, self.profile, self.session = job, job.profile, job.session
        self.key = self.profile.match or tuple(
            name for name in self.usual_key if name in self.profile.fields
        )
        refuse_if(self.complaints(), InvalidValue)
        self.lookups = self.lookups_of(self.profile.fields)
        self.existing: dict[tuple[Any, ...], list[Any]] = {}
        self.seen: dict[tuple[Any, ...], int] = {}
        self.values = Values(job.session, self.model)
        self.made: list[Any] = []
        self.hanging = Hanging(job, self.profile.campaign) if self.profile.campaign else None

    # --- the profile --------------------------------------------------------------------------

    @classmethod
    def known(cls) -> tuple[str, ...]:
        """All fields a profile may fill."""
        kinds = (cls.texts, cls.moments, cls.days, cls.flags, cls.relations, cls.others)
        return tuple(name for names in kinds for name in names)

    def complaints(self) -> list[Reason]:
        """What in the profile this kind of record can't use."""
        profile = self.profile
        wrong = self.complaints_about(profile.fields, "fields", self.known())
        missing = [name for name in self.required if name not in profile.fields]
        wrong += [complaint("fields", _("%(key)s is missing", key=name)) for name in missing]
        if not self.key:
            wrong.append(complaint("match", _("say by which fields a record is found again")))
        for name in self.key:
            if name not in self.key_fields or name not in profile.fields:
                words = _("records can't be found by %(name)s", name=name)
                wrong.append(complaint("match.by", words))
        return wrong

    def complaints_about(
        self, fields: Mapping[str, Source], where: str, known: Sequence[str]
    ) -> list[Reason]:
        """Fields that are not known, and relations by what can't find them."""
        strange = [one for one in fields if one not in known and not one.startswith(FEATURE)]
        words = [_("unknown: %(keys)s", keys=", ".join(strange))] if strange else []
        blind = [name for name in fields if name in KINDS and not Lookup(name, fields[name]).known]
        words += [_("%(name)s can't be found by that", name=name) for name in blind]
        return [complaint(where, text) for text in words]

    def lookups_of(self, fields: Mapping[str, Source]) -> dict[str, Lookup]:
        """How the relations among the fields are found."""
        return {name: Lookup(name, fields[name]) for name in fields if name in KINDS}

    # --- reading --------------------------------------------------------------------------------

    def prepare(self, rows: Sequence[Row]) -> None:
        """Read at once what the rows refer to."""
        for name, lookup in self.lookups.items():
            lookup.load(self.texts_of(self.profile.fields[name], rows))
        self.find_existing(rows)
        if self.hanging:
            self.hanging.prepare([one for some in self.existing.values() for one in some])

    def texts_of(self, source: Source, rows: Iterable[Row]) -> list[str | None]:
        """The source's text in each row; what can't be read is found later."""
        found = []
        for row in rows:
            try:
                found.append(source.text(row.cells, self.profile.empty))
            except Unreadable:
                continue
        return found

    def read(self, row: Row) -> dict[str, Any]:
        """The fields' values; raises InvalidValue with all that is wrong in the row."""
        return self.read_fields(self.profile.fields, row, self.lookups)

    def read_fields(
        self, fields: Mapping[str, Source], row: Row, lookups: Mapping[str, Lookup]
    ) -> dict[str, Any]:
        """The values of some fields."""
        values, wrong = {}, list(row.reasons)
        for name, source in fields.items() if not wrong else ():
            try:
                text = source.text(row.cells, self.profile.empty)
                lookup = lookups.get(name)
                values[name] = self.convert(name, text, lookup) if text is not None else None
            except Unreadable as error:
                wrong.append(Reason("value.unreadable", str(error), field=name))
        refuse_if(wrong, InvalidValue)
        return values

    def convert(self, name: str, text: str, lookup: Lookup | None) -> Any:
        """The value of a field's text; raises Unreadable."""
        forms, zone = self.profile.dates, self.job.zone
        if lookup:
            return lookup.find(text)
        if name in self.moments:
            return read_moment(text, forms, zone)
        if name in self.days:
            return read_day(text, forms, zone)
        if name in self.flags:
            return read_yes_no(text)
        return self.fitting(name, text)

    def fitting(self, name: str, text: str) -> str:
        """The text, if its column can take it."""
        column = inspect(self.model).columns.get(name)
        kind = column.type if column is not None else None
        if isinstance(kind, String) and kind.length and len(text) > kind.length:
            raise Unreadable(_("The text is longer than %(most)d letters.", most=kind.length))
        return text

    # --- finding ----------------------------------------------------------------------------

    def find_existing(self, rows: Sequence[Row]) -> None:
        """Read the visible records that the rows' keys may mean."""
        first = self.key[0]
        column = self.key_column(first)
        texts = self.texts_of(self.profile.fields[first], rows)
        wanted = [value for text in texts if (value := self.key_value(first, text)) is not None]
        for some in pieces(wanted):
            query = self.candidates().where(column.in_(some))
            for record in self.session.scalars(
                query, execution_options={"populate_existing": True}
            ):
                for key in self.keys_of(record):
                    self.existing.setdefault(key, []).append(record)

    def candidates(self) -> Any:
        """SELECT of the records that may be found again, held until the end if they may change."""
        query = visible(self.model) if self.model in scoped_models() else select(self.model)
        if self.profile.found == "skip":
            return query
        return query.with_for_update(of=self.model, key_share=True)

    def key_column(self, name: str) -> Any:
        """The column of a key field."""
        return getattr(self.model, f"{name}_id" if name in self.relations else name)

    def key_value(self, name: str, text: str | None) -> Any:
        """A key field's text as its column has it; None if it can't be read."""
        if text is None:
            return None
        try:
            value = self.convert(name, text, self.lookups.get(name))
        except Unreadable:
            return None
        return comparable(value)

    def keys_of(self, record: Any) -> list[tuple[Any, ...]]:
        """The keys by which a stored record can be found."""
        return [tuple(comparable(getattr(record, self.key_column(one).key)) for one in self.key)]

    def key_of(self, values: Mapping[str, Any], row: Row) -> tuple[Any, ...]:
        """The key of a row; it must be there, and once in the file."""
        key = tuple(comparable(values[name]) for name in self.key)
        if any(part is None for part in key):
            words = _("The key is empty.")
            raise InvalidValue(Reason("row.no_key", words, field=self.key[0]))
        if key in self.seen:
            words = _("Line %(line)d has the same key.", line=self.seen[key])
            raise InvalidValue(Reason("row.twice", words, field=self.key[0]))
        self.seen[key] = row.line
        return key

    def found(self, key: tuple[Any, ...]) -> Any | None:
        """The record with this key; raises InvalidValue if it could be several."""
        records = self.existing.get(key, [])
        if len(records) > 1:
            words = _("Several records have this key.")
            raise InvalidValue(Reason("row.ambiguous", words, field=self.key[0]))
        return records[0] if records else None

    # --- writing --------------------------------------------------------------------------------

    def take(self, row: Row) -> str:
        """Make or change the record of a row; returns what was done."""
        values = self.read(row)
        record = self.found(self.key_of(values, row))
        if record is None:
            self.add(values, row)
            return CREATED
        if self.profile.found == "skip":
            return SKIPPED
        try:
            return self.change(record, values, row)
        except Exception:
            self.session.expire(record)
            raise

    def add(self, values: dict[str, Any], row: Row) -> None:
        """Make the record, with its features and its place in the campaign."""
        record = self.build(values, row)
        if hasattr(record, "features"):
            self.values.start(record, features_in(values), self.since(row))
        if isinstance(record, Checked):
            record.check()
        place = self.hanging.place_of(row, record) if self.hanging else None
        self.session.add(record)
        self.made.append(record)
        if self.hanging and place:
            self.hanging.hang(record, place)

    def settle(self) -> None:
        """Let higher areas do their part for the records made since the last time, now stored."""
        panels.settle(self.made)
        self.made = []

    def build(self, values: dict[str, Any], row: Row) -> Any:
        """A new record with the values."""
        return self.model(**plain_values(values))

    def change(self, record: Any, values: dict[str, Any], row: Row) -> str:
        """Write the values that differ into the record."""
        self.fill(record, values)
        self.values.write(record, features_in(values), self.since(row))
        if isinstance(record, Checked):
            record.check()
        moved = self.hanging is not None and self.hanging.move(record, row)
        return UPDATED if moved or self.is_changed(record) else UNCHANGED

    def since(self, row: Row) -> date | None:
        """The day from which the row's values of dated features hold; today if it says none."""
        source = self.profile.features_from
        try:
            text = source.text(row.cells, self.profile.empty) if source else None
            return read_day(text, self.profile.dates, self.job.zone) if text else None
        except Unreadable as error:
            words = str(error)
            raise InvalidValue(Reason("value.unreadable", words, field="features_from")) from error

    def fill(self, record: Any, values: dict[str, Any]) -> None:
        """Set the attributes."""
        for name, value in plain_values(values).items():
            if getattr(record, name) != value:
                setattr(record, name, value)

    def is_changed(self, record: Any) -> bool:
        """Whether the record, or the history of its features, differs from what is stored."""
        return self.session.is_modified(record) or getattr(record, "past_corrected", False)


def comparable(value: Any) -> Any:
    """What of a value stands in a key: records by id, moments by day."""
    if isinstance(value, Model) or hasattr(value, "username"):
        return value.id
    return getattr(value, "on", value)


def plain_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the record's own fields, without those of features."""
    return {name: value for name, value in values.items() if not name.startswith(FEATURE)}


def features_in(values: Mapping[str, Any]) -> dict[str, Any]:
    """The features' values by code."""
    return {
        name.removeprefix(FEATURE): value
        for name, value in values.items()
        if name.startswith(FEATURE)
    }


def taken_values(session: Session, column: Any, wanted: Iterable[str]) -> set[str]:
    """Which of the values stand in the column already, also where the actor does not see it."""
    found: set[str] = set()
    for some in pieces(wanted):
        query = select(column).where(column.in_(some))
        found |= set(session.scalars(query, execution_options={"unscoped": True}))
    return found
