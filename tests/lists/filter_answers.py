"""What plain Python answers to a tree of filters on a record, for an operator."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.lists.filter_fields import Modelled
from tests.lists.filter_world import TODAY, World

LETTERS = str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzacelnoszz")


def plain(text: str) -> str:
    """Without case and Polish accents."""
    return text.translate(LETTERS).casefold()


@dataclass(frozen=True)
class Asker:
    """Who asks, in which register."""

    world: World
    name: str
    fields: dict[str, Modelled]

    def holds(self, tree: dict[str, Any], row: Any) -> bool:
        """Whether the tree holds for the record."""
        if "f" in tree:
            return self.condition(tree["f"], tree["o"], tree.get("v"), row)
        ((how, parts),) = tree.items()
        return (any if how == "any" else all)(self.holds(part, row) for part in parts)

    def condition(self, name: str, operator: str, given: Any, row: Any) -> bool:
        """Whether one condition holds."""
        one = self.fields[name]
        if self.is_gone(one, operator, given):
            return False
        value = one.value(row)
        if operator in ("empty", "filled"):
            return self.is_empty(one, value) == (operator == "empty")
        found: bool = getattr(self, f"by_{one.kind}")(one, operator, given, value, row)
        return found

    def is_empty(self, one: Modelled, value: Any) -> bool:
        """Whether there is no value at all."""
        texts = one.kind in ("text", "code")
        return value is None or value in (set(), []) or (texts and value == "")

    def is_gone(self, one: Modelled, operator: str, given: Any) -> bool:
        """Whether it speaks of a record that the asker can't pick."""
        picks = {"record": one.more, "node": "node", "tree": "node", "place": "node"}
        if one.kind not in picks or operator in ("empty", "filled", "me", "team"):
            return False
        given = given if isinstance(given, list) else [given]
        places = {"all", "none", f"c{self.world.campaign.id}"} if one.kind == "place" else set()
        offered = self.world.offered(picks[one.kind], self.name)
        if one.kind != "record":
            feature = self.world.campaign if one.kind == "place" else one.more
            offered = {pk for pk in offered if self.world.nodes[pk].feature_id == feature.id}
        return bool(set(given) - offered - places)

    def by_search(self, _one: Any, operator: str, given: str, value: str, _row: Any) -> bool:
        words = plain(given).split()
        return (operator == "ct") == (bool(words) and all(self.occurs(w, value) for w in words))

    def occurs(self, word: str, key: str) -> bool:
        """A number also without its dashes."""
        number = word.replace("-", "").isdigit() and "-" in word
        return word in key or (number and word.replace("-", "") in key)

    def by_text(self, _one: Any, operator: str, given: str, value: Any, _row: Any) -> bool:
        has, word = plain(value or ""), plain(given)
        tests = {
            "ct": word in has,
            "nct": word not in has,
            "eq": word == has,
            "sw": has.startswith(word),
        }
        return tests[operator] and (value is not None or operator == "nct")

    def by_code(self, one: Any, operator: str, given: str, value: Any, row: Any) -> bool:
        if operator == "eq":
            return bool(value == given)
        return self.by_text(one, operator, given, value, row)

    def by_number(self, _one: Any, operator: str, given: Any, value: Any, _row: Any) -> bool:
        if value is None:
            return False
        return compare(
            operator, value, *map(Decimal, given if isinstance(given, list) else [given])
        )

    def by_whole(self, _one: Any, operator: str, given: Any, value: Any, _row: Any) -> bool:
        if value is None:
            return False
        return compare(operator, value, *(given if isinstance(given, list) else [given]))

    def by_day(self, one: Any, operator: str, given: Any, value: Any, row: Any) -> bool:
        if value is None:
            return False
        if operator == "overdue":
            return one.more(row) and (TODAY - value).days >= max(given, 1)
        if operator in RELATIVE:
            return RELATIVE[operator](value, given)
        days = given if isinstance(given, list) else [given]
        return compare(operator, value, *map(date.fromisoformat, days))

    def by_flag(self, _one: Any, _operator: str, given: str, value: Any, _row: Any) -> bool:
        return value is not None and value == (given == "yes")

    def by_choice(self, one: Any, operator: str, given: Any, value: Any, _row: Any) -> bool:
        given = given if isinstance(given, list) else [given]
        return any(one.more[word](value) for word in given) == (operator != "ne")

    def by_record(self, _one: Any, operator: str, given: Any, value: set[int], _r: Any) -> bool:
        me, team = self.world.users[self.name].id, self.world.peers(self.name)
        wanted: Collection[int] = {"me": [me], "team": team}.get(
            operator, given if isinstance(given, list) else [given]
        )
        return bool(value & set(wanted)) == (operator != "ne")

    def by_node(self, one: Any, operator: str, given: Any, value: Any, row: Any) -> bool:
        return self.by_record(one, operator, given, {value} - {None}, row)

    def by_tree(self, _one: Any, operator: str, given: list[int], value: Any, _row: Any) -> bool:
        paths = [self.world.nodes[value].path] if value is not None else []
        return self.in_branch(operator, [self.world.nodes[pk].path for pk in given], paths)

    def in_branch(self, operator: str, tops: list[str], paths: list[str]) -> bool:
        """Whether one of the paths is, or begins with, one of the upper ones."""
        below = any(path.startswith(top) for top in tops for path in paths)
        at = bool(set(tops) & set(paths))
        return {"below": below, "nbelow": not below, "eq": at, "ne": not at}[operator]

    def by_place(self, _one: Any, operator: str, given: list[Any], value: Any, _row: Any) -> bool:
        paths, below = [node.path for node in value], operator in ("below", "nbelow")
        words = {"all": True, "none": not paths}
        words[f"c{self.world.campaign.id}"] = bool(paths) and below
        told = [words[key] for key in given if key in words]
        tops = [self.world.nodes[key].path for key in given if key in self.world.nodes]
        found = any(told) or self.in_branch("below" if below else "eq", tops, paths)
        return found == (operator in ("below", "eq"))


def compare(operator: str, value: Any, one: Any, other: Any = None) -> bool:
    """From, to, exactly, between."""
    tests = {"ge": value >= one, "le": value <= one, "eq": value == one}
    tests |= {"lt": value < one, "gt": value > one}
    return one <= value <= other if operator == "between" else tests[operator]


def iso_week(day: date) -> tuple[int, int]:
    """Year and number of its week."""
    return day.isocalendar()[:2]


def months(day: date) -> int:
    """Months, counted through."""
    return day.year * 12 + day.month


RELATIVE: dict[str, Callable[[date, Any], bool]] = {
    "today": lambda day, _n: day == TODAY,
    "yesterday": lambda day, _n: (TODAY - day).days == 1,
    "tomorrow": lambda day, _n: (day - TODAY).days == 1,
    "this_week": lambda day, _n: iso_week(day) == iso_week(TODAY),
    "last_week": lambda day, _n: iso_week(day) == iso_week(TODAY - timedelta(7)),
    "next_week": lambda day, _n: iso_week(day) == iso_week(TODAY + timedelta(7)),
    "this_month": lambda day, _n: months(day) == months(TODAY),
    "last_month": lambda day, _n: months(day) == months(TODAY) - 1,
    "this_year": lambda day, _n: day.year == TODAY.year,
    "last_days": lambda day, n: 0 <= (TODAY - day).days <= n,
    "next_days": lambda day, n: 0 <= (day - TODAY).days <= n,
    "before_days": lambda day, n: (TODAY - day).days > n,
}
