"""A list's address as it is saved: everything in it but the place in the list."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from app.lists.address import PIECES, PLACES, Args
from app.lists.saved.rules import MOST_PAIRS

PASSING = frozenset({*PLACES, *PIECES, "from", "size", "view", "row", "all", "register"})
NAME = re.compile(r"\w{1,80}", re.ASCII)
Pairs = list[tuple[str, str]]


def pairs_of(args: Args) -> Pairs:
    """The parameters that make up a state, without empty ones."""
    return [
        (name, value.strip())
        for name, value in args.items(multi=True)
        if name not in PASSING and NAME.fullmatch(name) and value.strip()
    ]


def state_of(args: Args) -> str:
    """The state in an address, as text."""
    return urlencode(pairs_of(args))


def read_state(text: str) -> str:
    """The state in a text that a form or a program sent; ValueError if it can't be read."""
    pairs = parse_qsl(text.strip().lstrip("?"), max_num_fields=MOST_PAIRS, errors="strict")
    if any("\x00" in value for pair in pairs for value in pair):
        raise ValueError(text)
    return state_of(MultiDict(pairs))


def args_of(state: str) -> Args:
    """A state as the parameters of an address."""
    return MultiDict(parse_qsl(state))


def are_same(one: Pairs, other: Pairs) -> bool:
    """Whether two states show the same list; the order of the parameters does not matter."""
    return sorted(one) == sorted(other)


def filters_in(pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The filters among the parameters."""
    return {pair for pair in pairs if pair[0] == "where" or pair[0].startswith("_flt_")}
