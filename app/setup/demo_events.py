"""The demo's events: each is begun, planned and carried out by the same verbs operators use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from faker import Faker
from flask_appbuilder.security.sqla.models import User

from app.days import Moment
from app.events.definitions import Outcome, Series
from app.events.models import Event, Stage
from app.events.work import Closing
from app.setup.demo_parties import Party
from app.setup.demo_words import INSIDE_JOBS, JOBS, Job

EVENTS = 899  # beside the card's own
OLDEST, RECENT = 360, 40


@dataclass(frozen=True)
class Desk:
    """What every event of the demo is made with."""

    fake: Faker
    now: datetime
    zone: ZoneInfo
    series: Series
    outcomes: Sequence[Outcome]
    operators: Sequence[User]

    @property
    def today(self) -> date:
        """The company's day."""
        return self.now.astimezone(self.zone).date()

    def moment(self, day: date, *, timed: bool = True) -> Moment:
        """A working hour of the day, or the whole day."""
        chance = self.fake.random
        hour = time(chance.randint(8, 15), chance.choice((0, 5, 10, 15, 20, 30, 40, 45, 50)))
        return Moment.of(day, hour if timed else None, self.zone)


def make_events(desk: Desk, parties: Sequence[Party]) -> list[tuple[Event, Party | None]]:
    """The events with the contractor's party of each; a few are internal."""
    made: list[tuple[Event, Party | None]] = []
    for number in range(EVENTS):
        if number % 20 == 0:
            made.append((make_event(desk, None, desk.fake.random.choice(INSIDE_JOBS)), None))
        else:
            party = desk.fake.random.choice(parties)
            made.append((make_event(desk, party, desk.fake.random.choice(JOBS)), party))
    return made


def make_event(desk: Desk, party: Party | None, job: Job) -> Event:
    """One event with its stages, carried out as far as time allows."""
    start = start_of(desk)
    keeper = party.contractor.keeper if party else None
    event = Event(
        series=desk.series,
        outcome=desk.outcomes[0],
        subject=job.subject,
        description=job.description or None,
        internal=party is None,
        contractor=party.contractor if party else None,
        contact=desk.fake.random.choice(party.persons) if party and party.persons else None,
        operator=keeper or desk.fake.random.choice(desk.operators),
        start_on=start.on,
        start_at=start.at,
        closed_upto=0,
        created_at=start.at,
    )
    if desk.fake.random.random() < 0.05:
        finish_without_stages(desk, event)
    else:
        carry_out(desk, event, job, party)
    return event


def start_of(desk: Desk) -> Moment:
    """A working moment in the past; many are recent."""
    chance = desk.fake.random
    age = chance.randint(1, RECENT) if chance.random() < 0.35 else chance.randint(RECENT, OLDEST)
    return desk.moment(working(desk.today - timedelta(days=age), back=True))


def working(day: date, *, back: bool = False) -> date:
    """The day itself, or the next (or last) one that is not in a weekend."""
    while day.weekday() > 4:
        day += timedelta(days=-1 if back else 1)
    return day


def finish_without_stages(desk: Desk, event: Event) -> None:
    """An event nobody planned stages for: a date to be done by; old ones are done."""
    due = working(event.start_on + timedelta(days=desk.fake.random.randint(2, 30)))
    event.due_on = due
    done = desk.moment(due)
    if done.at and done.at < desk.now:
        event.close(closing(desk, event, done))


def carry_out(desk: Desk, event: Event, job: Job, party: Party | None) -> None:
    """Plan the stages and close them in order until one is not done yet."""
    done = completions(desk, event, len(job.stages))
    dues = planned(desk, event, done, len(job.stages))
    begun = Moment(event.start_on, event.start_at)
    for index, subject in enumerate(job.stages):
        event.add_stage(make_stage(desk, event, subject, begun, dues[index]))
        begun = done[index] if index < len(done) else begun
    for stage, moment in zip(event.stages, done, strict=False):
        if stage.is_last:
            event.close(closing(desk, event, moment))
        else:
            event.close_stage(stage, closing(desk, event, moment))


def make_stage(desk: Desk, event: Event, subject: str, begun: Moment, due: Moment) -> Stage:
    """An open stage: sometimes another operator of the team does it."""
    helps = desk.fake.random.random() < 0.08
    return Stage(
        subject=subject,
        outcome=desk.outcomes[0],
        contact=event.contact,
        operator=desk.fake.random.choice(desk.operators) if helps else event.operator,
        start_on=begun.on,
        start_at=begun.at,
        due_on=due.on,
        due_at=due.at,
        created_at=event.created_at,
    )


def completions(desk: Desk, event: Event, count: int) -> list[Moment]:
    """When the stages were done, one after the other; some events got stuck on the way."""
    chance, done, last = desk.fake.random, [], event.start_on
    stuck = chance.randint(0, count - 1) if chance.random() < 0.09 else count
    for _stage in range(stuck):
        last = working(last + timedelta(days=chance.randint(1, 9)))
        moment = desk.moment(last)
        if moment.at is None or moment.at >= desk.now:
            break
        done.append(moment)
    return done


def planned(desk: Desk, event: Event, done: Sequence[Moment], count: int) -> list[Moment]:
    """When the stages are due: near their completion, or spread around today."""
    chance = desk.fake.random
    days = [one.on + timedelta(days=chance.choice((-3, -1, 0, 0, 1, 2, 3, 5))) for one in done]
    first = desk.today + timedelta(days=next_due(desk))
    floor = max([event.start_on, *days])
    for _open in range(len(done), count):
        days.append(working(max(first, floor)) if first != desk.today else first)
        first = max(first, floor) + timedelta(days=chance.randint(2, 12))
    ordered = [max(day, event.start_on) for day in days]
    return [desk.moment(day, timed=chance.random() < 0.5) for day in ordered]


def next_due(desk: Desk) -> int:
    """How many days from today the next stage is due."""
    chance = desk.fake.random
    spread = ((-20, -1), (0, 0), (1, 1), (2, 6), (7, 45))
    low, high = chance.choices(spread, weights=(36, 8, 10, 22, 24))[0]
    return int(chance.randint(low, high))


def closing(desk: Desk, event: Event, moment: Moment) -> Closing:
    """Done by the event's operator, mostly as planned."""
    outcome = desk.fake.random.choices(desk.outcomes[1:] or desk.outcomes[:1])[0]
    usual = desk.outcomes[min(1, len(desk.outcomes) - 1)]
    chosen = usual if desk.fake.random.random() < 0.85 else outcome
    return Closing(moment, desk.now, event.operator.id, chosen.id)
