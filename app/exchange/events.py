"""Events with their stages out of rows: made and closed by the verbs of the model."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy import select

from app.days import Moment
from app.errors import InvalidValue, Reason, refuse_if
from app.events.definitions import Outcome, Series
from app.events.models import Event, Stage
from app.events.parties import reasons_against_internal, reasons_against_operator
from app.events.work import Closing
from app.exchange.files import Row
from app.exchange.lookups import Lookup, People
from app.exchange.profiles import complaint
from app.exchange.sources import Source, Unreadable, at_noon
from app.exchange.targets import FEATURE, Job, Target
from app.persons.models import Person

STAGE_FIELDS = ("subject", "description", "start", "due", "closed", "outcome", "operator")
AT_ONCE = ("subject", "description", "internal", "contractor", "contact", "operator", "due")


class Events(Target):
    """The register of events; a stored event takes its own fields again, never its stages."""

    model, view = Event, "EventView"
    texts = ("subject", "description", "series", "outcome", "contact")
    moments = ("start", "due", "closed")
    flags = ("internal",)
    relations = ("contractor", "operator")
    required = ("subject", "start", "operator")
    key_fields = ("subject", "contractor", "start", "operator")

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.stage_lookups = [self.lookups_of(stage) for stage in self.profile.stages]
        self.people = People()

    def complaints(self) -> list[Reason]:
        """Also about stages, and about what finds a contact."""
        wrong = super().complaints()
        for number, stage in enumerate(self.profile.stages, 1):
            wrong += self.complaints_about(stage, f"stages.{number}", STAGE_FIELDS)
            if any(name.startswith(FEATURE) for name in stage):
                wrong.append(complaint(f"stages.{number}", _("stages have no features")))
        contact = self.profile.fields.get("contact")
        if contact and "contractor" not in self.profile.fields:
            wrong.append(complaint("fields.contact", _("a contact needs a contractor")))
        if contact and contact.by not in ((), ("email",), ("name",)):
            wrong.append(complaint("fields.contact", _("contact can't be found by that")))
        return wrong

    def key_column(self, name: str) -> Any:
        """An event is found by the day of its date."""
        return Event.start_on if name == "start" else super().key_column(name)

    def prepare(self, rows: Sequence[Row]) -> None:
        """Read also the contractors' people and nodes, series and outcomes."""
        self.series = {one.symbol: one for one in self.session.scalars(series())}
        self.outcomes = {one.name: one for one in self.session.scalars(outcomes())}
        super().prepare(rows)
        for stage, lookups in zip(self.profile.stages, self.stage_lookups, strict=True):
            for name, lookup in lookups.items():
                lookup.load(self.texts_of(stage[name], rows))
        if "contractor" in self.lookups:
            found = [one for some in self.lookups["contractor"].found.values() for one in some]
            self.people.load(found)
            if self.hanging:
                self.hanging.prepare(found)

    def convert(self, name: str, text: str, lookup: Lookup | None) -> Any:
        """Series and outcomes are there already."""
        known: Mapping[str, Any] | None = {"series": self.series, "outcome": self.outcomes}.get(
            name
        )
        if known is None:
            return super().convert(name, text, lookup)
        if text not in known:
            raise Unreadable(_("“%(text)s” is not to be found.", text=text[:60]))
        return known[text]

    def read(self, row: Row) -> dict[str, Any]:
        """The event's values, with the contact found among the contractor's people."""
        values = super().read(row)
        refuse_if(missing(values, self.required), InvalidValue)
        source = self.profile.fields.get("contact")
        if source:
            values["contact"] = self.contact(source, values["contractor"], values["contact"])
        return values

    def contact(self, source: Source, contractor: Any, text: str | None) -> Person | None:
        """The contractor's only person, or the one that the row names."""
        if source.via:
            return self.people.only(contractor) if contractor else None
        if not text:
            return None
        try:
            if contractor is None:
                raise Unreadable(_("A contact needs a contractor."))
            return self.people.named(contractor, text, source.by[0] if source.by else "name")
        except Unreadable as error:
            raise InvalidValue(Reason("value.unreadable", str(error), field="contact")) from error

    # --- making -----------------------------------------------------------------------------

    def build(self, values: dict[str, Any], row: Row) -> Event:
        """An event with its stages, closed as far as the row says."""
        start: Moment = values["start"]
        event = Event(
            series=values.get("series") or next(iter(self.series.values())),
            outcome=values.get("outcome") or self.usual_outcome,
            subject=values["subject"],
            internal=bool(values.get("internal")),
            start_on=start.on,
            start_at=start.at,
            closed_upto=0,
        )
        event.check()
        self.fill(event, values)
        closings = [
            self.add_stage(event, number, row) for number in range(len(self.profile.stages))
        ]
        self.close(event, closings, values.get("closed"))
        return event

    @property
    def usual_outcome(self) -> Outcome:
        """The system's own."""
        usual: Outcome = next(one for one in self.outcomes.values() if one.system)
        return usual

    def fill(self, record: Event, values: dict[str, Any]) -> None:
        """Own fields of a new or stored event; the plan of one with stages is theirs."""
        for name in AT_ONCE:
            if name in values and name != "due":
                value = bool(values[name]) if name == "internal" else values[name]
                if getattr(record, name) != value:
                    setattr(record, name, value)
        if "due" in values and not record.last_pos:
            due = values["due"]
            record.due_on, record.due_at = (due.on, due.at) if due else (None, None)
        refuse_if(
            [*reasons_against_internal(record), *reasons_against_operator(record)], InvalidValue
        )

    def add_stage(self, event: Event, number: int, row: Row) -> Moment | None:
        """Add the stage that the row describes; returns when it was completed."""
        fields = self.profile.stages[number]
        values = self.read_stage(fields, row, self.stage_lookups[number])
        start = values.get("start") or Moment(event.start_on, event.start_at)
        due, operator = values.get("due"), values.get("operator") or event.operator
        stage = Stage(
            subject=values.get("subject"),
            description=values.get("description"),
            contact=event.contact,
            operator=operator,
            outcome=values.get("outcome") or self.usual_outcome,
            start_on=start.on,
            start_at=start.at,
            due_on=due.on if due else None,
            due_at=due.at if due else None,
        )
        refuse_if(reasons_against_operator(stage), InvalidValue)
        event.add_stage(stage)
        closed: Moment | None = values.get("closed")
        return closed

    def read_stage(
        self, fields: Mapping[str, Source], row: Row, lookups: Mapping[str, Lookup]
    ) -> dict[str, Any]:
        """The stage's values; texts must fit its columns, which are as wide as the event's."""
        return self.read_fields(fields, row, lookups)

    def close(self, event: Event, done: Sequence[Moment | None], whole: Moment | None) -> None:
        """Close in order what the row says is completed; the last stage closes the event."""
        for stage, moment in zip(event.stages, done, strict=True):
            if moment is None:
                continue
            if stage.is_last:
                event.close(self.closing(moment, stage.operator, stage.outcome))
            else:
                event.close_stage(stage, self.closing(moment, stage.operator, stage.outcome))
        if whole is not None and event.is_open:
            event.close(self.closing(whole, event.operator, event.outcome))

    def closing(self, moment: Moment, by: User, outcome: Outcome) -> Closing:
        """Completed by the operator; at noon if the row has only the day."""
        return Closing(at_noon(moment, self.job.zone), self.job.at, by.id, outcome.id)


def missing(values: Mapping[str, Any], names: Sequence[str]) -> list[Reason]:
    """The reasons for fields that are empty and must not be."""
    words = _("This field is required.")
    return [Reason("required", words, field=name) for name in names if values[name] is None]


def series() -> Any:
    """SELECT of the series one may choose, the first made first."""
    return select(Series).where(Series.archived_at.is_(None)).order_by(Series.id)


def outcomes() -> Any:
    """SELECT of the outcomes one may choose."""
    return select(Outcome).where(Outcome.archived_at.is_(None)).order_by(Outcome.place)
