"""A queue of stages: its ids and what was done with each stand in the address.

So Back leads to the stage before, a reload stays, and a link shows a colleague the same queue.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

LONGEST = 200
CLOSED, PUT_OFF, SKIPPED = "c", "r", "s"


@dataclass(frozen=True)
class Queue:
    """Stages one after another; `did` has a letter for each that was dealt with."""

    ids: tuple[int, ...]
    did: str = ""
    origin: str = ""

    @property
    def current(self) -> int | None:
        """The stage whose turn it is; None at the end."""
        return self.ids[len(self.did)] if len(self.did) < len(self.ids) else None

    @property
    def place(self) -> int:
        """The number of the present stage, from 1."""
        return len(self.did) + 1

    @property
    def counts(self) -> Counter[str]:
        """How many were closed, put off and skipped."""
        return Counter(self.did)

    @property
    def state(self) -> dict[str, Any]:
        """The parameters of the address."""
        return {"ids": ",".join(map(str, self.ids)), "did": self.did, "from": self.origin}

    def after(self, letter: str) -> str:
        """The address once the present stage is dealt with like this."""
        return self.url("show", did=self.did + letter)

    def url(self, act: str, **more: Any) -> str:
        """The address of the queue in its present state, or of an act on its stage."""
        given = {name: value for name, value in {**self.state, **more}.items() if value}
        return url_for(f"QueueView.{act}", **given)


def read(args: Mapping[str, str]) -> Queue | None:
    """The queue that an address describes; None if it describes none."""
    ids, did = args.get("ids", "").split(","), args.get("did", "")
    wrong = not 0 < len(ids) <= LONGEST or len(did) > len(ids)
    if wrong or not all(one.isascii() and one.isdigit() and len(one) < 10 for one in ids):
        return None
    if set(did) - {CLOSED, PUT_OFF, SKIPPED}:
        return None
    return Queue(tuple(map(int, ids)), did, args.get("from", "")[:4000])
