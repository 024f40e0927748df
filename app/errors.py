"""Refusals: why an act is not done, in words for the user and codes for programs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Reason:
    """One reason against an act.

    `code` is stable (`event.open_stages`), `text` is translated, `offers` names acts that lead
    out, `rows` are the records in the way, `field` is the form field at fault, if there is one.
    """

    code: str
    text: str
    offers: tuple[str, ...] = ()
    rows: Sequence[Any] = field(default=(), compare=False)
    field: str | None = None


class DomainError(Exception):
    """An act refused for the given reasons; `status` is the HTTP answer."""

    status = 409

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(str(reason.text) for reason in reasons))
        self.reasons = reasons


class RuleViolation(DomainError):
    """A rule of the product speaks against the act in the present state (409)."""


class Conflict(RuleViolation):
    """Somebody else changed the record first (409 on pages, 412 in the API)."""


class InvalidValue(DomainError):
    """A given value is wrong (422)."""

    status = 422


class NotAllowed(DomainError):
    """The operator's roles do not permit the act (403)."""

    status = 403


class NotFound(DomainError):
    """There is no such record, or the actor may not see it (404)."""

    status = 404


class TooMany(DomainError):
    """Asked too often (429)."""

    status = 429


def refuse_if(reasons: Sequence[Reason], error: type[DomainError] = RuleViolation) -> None:
    """Raise `error` with the reasons, if there are any."""
    if reasons:
        raise error(*reasons)
