"""The page that says what a change touches before it is made, and waits for a yes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import prison
from flask import request, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from app.access.current import acting
from app.errors import DomainError
from app.features.changes.impact import CAMPAIGN, Question
from app.features.changes.retyping import EMPTIED
from app.features.models import Feature
from app.records import history

REGISTERS = {
    "contractor": _l("contractors"),
    "person": _l("persons"),
    "event": _l("events"),
    "stage": _l("stages"),
}
ANSWERS = ("csrf_token", "sure", "how", "into", EMPTIED)


@dataclass(frozen=True)
class Counted:
    """Records of a register, with the list of them where the reader may open it."""

    words: Any
    number: int
    url: str = ""


def is_asked(error: DomainError) -> bool:
    """Whether a refusal is a question."""
    return isinstance(error, Question)


def links(feature: Feature, counts: Mapping[str, int], operator: str) -> list[Counted]:
    """The records of each register, opened by a filter on the feature."""
    return [
        Counted(REGISTERS[name], number, list_of(feature, name, operator))
        for name, number in counts.items()
    ]


def list_of(feature: Feature, register: str, operator: str) -> str:
    """The address of a register's list of the records with, or without, a value."""
    page = f"{register.capitalize()}View"
    if not acting().may("list", page):
        return ""
    one: dict[str, Any] = {"f": f"feature_{feature.code}", "o": operator}
    if feature.campaign:
        one = {"f": CAMPAIGN, "o": "below", "v": [f"c{feature.id}"]}
    return url_for(
        f"{page}.list", where=prison.dumps({"all": [one, *of_series(feature, register)]})
    )


def of_series(feature: Feature, register: str) -> list[dict[str, Any]]:
    """The condition that the feature belongs to the record, if it is limited."""
    limited = feature.series and register in ("event", "stage")
    return [{"f": "series", "o": "in", "v": feature.series}] if limited else []


def put(view: Any, error: Any, feature: Feature) -> Any:
    """The question about a change of a feature; what was sent waits in it."""
    sent = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ANSWERS and not name.startswith("to_")
    ]
    words = {
        "title": feature.name(str(get_locale())),
        "feature": feature,
        "impact": error.impact,
        "reasons": error.reasons,
        "records": links(feature, error.impact.records, "filled"),
        "lacking": links(feature, error.impact.lacking, "empty"),
        "sent": sent,
        **error.words,
        "act": history.act_words(error.words["act"]),
    }
    return view.render_template("features/question.html", **words), error.status
