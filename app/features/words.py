"""How the values of features are told in the history: by the names of features and nodes."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.audit import journal
from app.fab.dress import nice_date
from app.features import dated, newborn, nodes, role_part  # noqa: F401 - newborn listens
from app.features.catalog import by_id
from app.features.kinds import kind_of
from app.features.kinds.references import Target, offer
from app.features.models import Feature
from app.features.past import PAST
from app.features.pointed import Key, Names, names_of
from app.features.rights import is_seen
from app.records import history, panels

VALUE = {"name": _l("Name"), "parent": _l("Under"), "archived": _l("In the archive")}
ACTS = {
    "rename_node": _l("value renamed"),
    "order_node": _l("values put in order"),
    "move_node": _l("value moved"),
    "archive_node": _l("value archived"),
    "restore_node": _l("value in use again"),
    "merge_nodes": _l("values merged"),
    "delete_node": _l("value deleted"),
    "change_feature": _l("definition changed"),
    "retype_feature": _l("kind changed"),
    "mark_campaign": _l("made a campaign"),
    "unmark_campaign": _l("made a plain tree"),
    "apply_definitions": _l("taken over from a file"),
}


def feature_in(key: str) -> Feature | None:
    """The feature that a key stands for; that of a past value has its day behind."""
    return by_id(int(key.partition("@")[0]))


def label_of(feature: Feature, key: str) -> str:
    """How a value is called: by its feature and, if it is a past one, the day it holds from."""
    name, day = feature.name(str(get_locale())), key.partition("@")[2]
    return (
        _("%(name)s from %(day)s", name=name, day=nice_date(date.fromisoformat(day)))
        if day
        else name
    )


def seen(document: Mapping[str, Any]) -> dict[str, Any]:
    """The values of features that are there still and may be seen."""
    known = ((key, feature_in(key)) for key in document)
    return {key: document[key] for key, one in known if one is not None and is_seen(one)}


def keys_in(document: Mapping[str, Any]) -> Iterable[Key]:
    """What the values point at."""
    for key, value in seen(document).items():
        if (feature := feature_in(key)) is not None and value is not None:
            yield from kind_of(feature).pointed(value)


def told(
    old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, names: Names
) -> Iterable[tuple[str, str, str]]:
    """(feature, old, new) for each value that differs."""
    before, after = seen(old or {}), seen(new or {})
    for key in dict.fromkeys([*before, *after]):
        feature = feature_in(key)
        if feature is not None and before.get(key) != after.get(key):
            old_words = _shown(feature, before.get(key), names)
            new_words = _shown(feature, after.get(key), names)
            yield label_of(feature, key), old_words, new_words


def _shown(feature: Any, value: Any, names: Names) -> str:
    return "–" if value is None else kind_of(feature).told(value, names)


def by_last_name(user: Any) -> Any:
    """SQL of how operators stand in order."""
    return user.last_name + " " + user.first_name


def register() -> None:
    """Tell the history; features may point at operators."""
    panels.add_part(Feature, role_part.part)
    offer(Target("operator", _l("Operator"), User, by_last_name, User.username))
    document = history.Document(keys_in, names_of, told, seen)
    history.read_document("features", document)
    history.read_document(PAST, document)
    journal.follow(dated.keep)
    history.call_acts({"withdraw_value": _l("Value taken back")})
    access = history.Document(role_part.role_ids, role_part.role_names, role_part.told, dict)
    history.read_document("access", access)
    history.call_acts(ACTS)
    history.describe("feature_node", _l("Value"), VALUE)
    history.call_by_name(("parent_id",), nodes.trails_of)
