"""What an operator may do with a feature: the widest of what it allows the operator's roles."""

from app.access.current import Actor, Door
from app.access.current import current_actor as present
from app.features.models import Feature

HIDDEN, READ, EDIT = "hidden", "read", "edit"  # narrowest first
LEVELS = (HIDDEN, READ, EDIT)


def level(feature: Feature, actor: Actor | None) -> str:
    """How far the operator may go; what acts without an operator may do all."""
    if actor is None or not feature.access:
        return EDIT
    allowed = (feature.access.get(str(role), EDIT) for role in actor.roles)
    return max(allowed, key=LEVELS.index, default=EDIT)


def is_seen(feature: Feature) -> bool:
    """Whether the present operator sees the feature."""
    return level(feature, present()) != HIDDEN


def is_written(feature: Feature) -> bool:
    """Whether the present operator writes the feature; a read-only one comes by imports."""
    actor = present()
    by_hand = actor is not None and actor.door in (Door.PAGE, Door.API)
    return level(feature, actor) == EDIT and not (feature.read_only and by_hand)
