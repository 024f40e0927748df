"""When a record may hang on a node; pure, answering with reasons."""

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from app.errors import Reason

if TYPE_CHECKING:
    from app.features.models import Feature, FeatureNode


def reasons_not_to_hang(
    feature: "Feature | None", node: "FeatureNode", present: list[int], *, fits: bool
) -> list[Reason]:
    """`present` are the nodes of the campaign on which the record hangs now."""
    if feature is None or not feature.campaign:
        text = _("This is not a campaign.")
        return [Reason("membership.no_campaign", text, field="node")]
    if not fits:
        text = _("Such records do not hang on this campaign.")
        return [Reason("membership.wrong_register", text, field="node")]
    if node.archived_at is not None:
        text = _("This place is archived.")
        return [Reason("node.archived", text, field="node")]
    if node.id in present:
        text = _("It hangs here already.")
        return [Reason("membership.same_node", text, field="node")]
    return []


def reasons_without_place(node_id: int | None) -> list[Reason]:
    """Somebody must say where."""
    if node_id:
        return []
    return [Reason("membership.node_missing", _("Choose a place in the campaign."), field="node")]


def node_of_contractor(nodes: list[int]) -> list[Reason]:
    """A new event takes its contractor's place; of several, somebody must choose."""
    if len(nodes) < 2:
        return []
    text = _("The contractor hangs on several places of this campaign; choose one.")
    return [Reason("membership.choose_node", text)]


def reasons_for(field: str, reasons: list[Reason]) -> list[Reason]:
    """The same reasons, at another field of a form."""
    return [Reason(one.code, one.text, one.offers, one.rows, field) for one in reasons]


def register_of(record: Any) -> str:
    """contractor or event."""
    return str(record.__tablename__)
