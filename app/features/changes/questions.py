"""The page that says what a change touches before it is made, and waits for a yes."""

from collections.abc import Mapping, Sequence
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


def links(
    feature: Feature, counts: Mapping[str, int], operator: str, nodes: Sequence[int] = ()
) -> list[Counted]:
    """The records of each register, opened by a filter on the feature, or on these values."""
    return [
        Counted(
            REGISTERS[name],
            number,
            list_of(
                name, condition(feature, operator, nodes), *of_series(feature, name, operator)
            ),
        )
        for name, number in counts.items()
    ]


def of_series(feature: Feature, register: str, operator: str) -> list[dict[str, Any]]:
    """Of who lacks a limited feature, only those to which it belongs."""
    limited = feature.series and operator == "empty" and register in ("event", "stage")
    return [{"f": "series", "o": "in", "v": feature.series}] if limited else []


def condition(feature: Feature, operator: str, nodes: Sequence[int]) -> dict[str, Any]:
    """The condition of a list's filter."""
    name = CAMPAIGN if feature.campaign else f"feature_{feature.code}"
    if feature.campaign and not nodes:
        return {"f": name, "o": "below", "v": [f"c{feature.id}"]}
    if not nodes:
        return {"f": name, "o": operator}
    return {"f": name, "o": "in" if feature.is_flat else "below", "v": list(nodes)}


def list_of(register: str, *conditions: Mapping[str, Any]) -> str:
    """The address of a register's list with these conditions, if the reader may open it."""
    page = f"{register.capitalize()}View"
    if not acting().may("list", page):
        return ""
    return url_for(f"{page}.list", where=prison.dumps({"all": list(conditions)}))


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
        "records": links(feature, error.impact.records, "filled", error.impact.nodes),
        "lacking": links(feature, error.impact.lacking, "empty"),
        "sent": sent,
        **error.words,
        "act": history.act_words(error.words["act"]),
    }
    return view.render_template("features/question.html", **words), error.status
