"""What makes a feature and its nodes right; pure checks that answer with reasons."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.errors import Reason
from app.features import patterns

if TYPE_CHECKING:
    from app.features.models import Feature, FeatureNode

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
MAX_DEPTH = 60
KINDS = (
    *("text", "longtext", "integer", "number", "money", "percent", "quantity", "yesno"),
    *("date", "time", "datetime", "daterange", "month", "reference"),
    *("choice", "choices", "tree", "trees"),
)
TEXTS = ("text", "longtext")
FLAT, DEEP = ("choice", "choices"), ("tree", "trees")  # values out of a dictionary, of a tree
SLOW = ("longtext", "choices", "trees")  # an index of their own would not serve these
SEVERAL = ("choices", "trees")
REGISTERS = ("contractors", "persons", "events", "stages")
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
UNIT = re.compile(r"[^\W\d_][^,;\d]{0,19}|[%‰°]\w{0,3}")


@dataclass(frozen=True)
class Line:
    """A line of an outline: its level from 0, its name, and the index of the line above it."""

    level: int
    name: str
    above: int = -1


def reasons_not_to_keep_feature(feature: "Feature") -> list[Reason]:
    """Why a definition can't be stored."""
    wrong = []
    if not CODE.fullmatch(feature.code or ""):
        text = _("A code has small letters, digits and underscores and starts with a letter.")
        wrong.append(Reason("feature.code", text, field="code"))
    wrong += [
        Reason("feature.name_missing", _("Give a name."), field=name)
        for name in ("name_pl", "name_en")
        if not (getattr(feature, name) or "").strip()
    ]
    if not any(getattr(feature, f"on_{name}") for name in REGISTERS):
        text = _("Choose at least one register.")
        wrong.append(Reason("feature.nowhere", text, field="on_contractors"))
    if feature.several and not feature.campaign:
        text = _("Only a campaign can hold a record on several values.")
        wrong.append(Reason("feature.several", text, field="several"))
    if feature.campaign and (feature.on_persons or feature.on_stages):
        text = _("Only contractors and events hang on campaigns.")
        wrong.append(Reason("feature.campaign_on", text, field="on_persons"))
    if feature.campaign and feature.kind != "tree":
        text = _("Only a tree can be a campaign.")
        wrong.append(Reason("feature.campaign_kind", text, field="campaign"))
    more = (reasons_against_settings, reasons_against_demands, reasons_against_marks)
    return wrong + [reason for reasons in more for reason in reasons(feature)]


def reasons_against_demands(feature: "Feature") -> list[Reason]:
    """Why what is asked of the values can't be met."""
    if feature.required and feature.campaign:
        text = _("A campaign can't be required.")
        return [Reason("feature.required_campaign", text, field="required")]
    if feature.access and feature.campaign:
        text = _("A campaign is seen by all roles: let each of them see and change the feature.")
        return [Reason("feature.campaign_access", text, field="campaign")]
    if feature.campaign and (feature.dated or feature.fast):
        text = _("A campaign keeps its own history and needs no index.")
        return [Reason("feature.dated_campaign", text, field="dated")]
    if feature.fast and feature.kind in SLOW:
        text = _("Lists are not sorted or found quickly by values of this kind.")
        return [Reason("feature.not_fast", text, field="fast")]
    if feature.required and feature.read_only and not feature.initial:
        text = _("Nobody could fill it in: give an initial value, or let it be changed.")
        return [Reason("feature.required_read_only", text, field="initial")]
    return []


def reasons_against_settings(feature: "Feature") -> list[Reason]:
    """Why units or target don't suit the kind."""
    units = units_in(feature.units)
    if feature.kind == "reference" and not feature.target:
        text = _("Choose what the feature points at.")
        return [Reason("feature.no_target", text, field="target")]
    if feature.kind == "quantity" and not units:
        text = _("Name at least one unit, such as kg.")
        return [Reason("feature.no_units", text, field="units")]
    fits = CURRENCY if feature.kind == "money" else UNIT
    if not all(fits.fullmatch(one) for one in units):
        text = _("Write units with commas between: kg, t; of money three letters each: PLN, EUR.")
        return [Reason("feature.units", text, field="units")]
    return []


def reasons_against_marks(feature: "Feature") -> list[Reason]:
    """Why pattern, category, series, or what is marked, don't suit the feature."""
    is_text = feature.kind in TEXTS
    checks = {
        "pattern": (bool(feature.pattern and not is_text), _("Only texts have a pattern.")),
        "searchable": (bool(feature.searchable and not is_text), _("Only texts are searched.")),
        "open_list": (
            bool(feature.open_list and (feature.campaign or not feature.has_nodes)),
            _("Only choices and trees that are no campaign grow while records are edited."),
        ),
        "category_en" if feature.category_pl else "category_pl": (
            bool(feature.category_pl) != bool(feature.category_en),
            _("Name the category in both languages, or in none."),
        ),
    }
    wrong = [
        Reason(f"feature.{field}", text, field=field)
        for field, (is_wrong, text) in checks.items()
        if is_wrong
    ]
    return wrong + reasons_against_pattern(feature.pattern if is_text else None)


def reasons_against_pattern(pattern: str | None) -> list[Reason]:
    """Why a pattern can't be used, in the words of the engine."""
    fault = patterns.fault_in(pattern) if pattern else ""
    if not fault:
        return []
    text = _("This pattern can't be used: %(why)s.", why=fault)
    return [Reason("feature.pattern", text, field="pattern")]


def units_in(text: str | None) -> list[str]:
    """The units of a list with commas."""
    return [one for part in (text or "").split(",") if (one := part.strip())]


def reasons_not_to_keep_node(node: "FeatureNode") -> list[Reason]:
    """Why a node can't be stored."""
    if not (node.name or "").strip():
        return [Reason("node.name_missing", _("Give a name."), field="name")]
    if node.depth > MAX_DEPTH:
        return [Reason("node.too_deep", _("The tree would be too deep."), field="parent")]
    return []


def reasons_not_to_change_kind(*, used: bool) -> list[Reason]:
    """A file changes the kind, or what it points at, as long as nothing was filled in."""
    if not used:
        return []
    text = _("There are values: change the kind in the editor, which carries them over.")
    return [Reason("feature.kind_used", text, field="kind")]


def reasons_not_to_add_node(feature: "Feature", parent: "FeatureNode | None") -> list[Reason]:
    """Nodes belong to choices and trees; a choice is flat; archived nodes get no children."""
    if not feature.has_nodes:
        text = _("This feature has no list of values.")
        return [Reason("node.no_list", text, field="name")]
    if parent is None:
        return []
    if feature.is_flat:
        text = _("A choice has one level; make it a tree to have more.")
        return [Reason("node.flat", text, field="parent")]
    if parent.feature_id != feature.id:
        text = _("The new place is in another tree.")
        return [Reason("node.other_tree", text, field="parent")]
    if parent.archived_at:
        return [Reason("node.archived", _("The new place is archived."), field="parent")]
    return reasons_against_depth(parent.depth + 1)


def reasons_against_depth(depth: int) -> list[Reason]:
    """A tree has an end, for the sake of paths."""
    if depth <= MAX_DEPTH:
        return []
    return [Reason("node.too_deep", _("The tree would be too deep."), field="parent")]


def reasons_not_to_restore_node(node: "FeatureNode", above: bool) -> list[Reason]:
    """A node comes back only below living ones."""
    if not above:
        return []
    text = _("A value above it is archived; restore that first.")
    return [Reason("node.archived_above", text)]


def outline(text: str) -> list[Line]:
    """The lines of an indented text with their levels; tabs count as four blanks."""
    found: list[Line] = []
    indents: list[tuple[int, int]] = []
    for raw in text.splitlines():
        plain = raw.expandtabs(4).rstrip()
        if not plain.strip():
            continue
        indent = len(plain) - len(plain.lstrip())
        while indents and indents[-1][0] >= indent:
            indents.pop()
        found.append(Line(len(indents), plain.strip(), indents[-1][1] if indents else -1))
        indents.append((indent, len(found) - 1))
    return found


def table(text: str) -> list[Line]:
    """The lines of a table whose columns are levels; an empty cell means the value above it.

    Cells have tabs, semicolons or else commas between them. Raises csv.Error.
    """
    first = text.strip("\ufeff\r\n").partition("\n")[0]
    delimiter = next((sign for sign in "\t;" if sign in first), ",")
    found: list[Line] = []
    path: list[int] = []  # the line that stands on each level now
    for row in csv.reader(text.lstrip("\ufeff").splitlines(), delimiter=delimiter, strict=True):
        for column, cell in enumerate(row):
            name, level = " ".join(cell.split()), min(column, len(path))
            if not name or (level < len(path) and found[path[level]].name == name):
                continue
            path[level:] = [len(found)]
            found.append(Line(level, name, path[level - 1] if level else -1))
    return found


LAYOUTS = {"outline": outline, "table": table}  # how a text is read


def reasons_against_outline(
    feature: "Feature", lines: Sequence[Line], most: int, depth: int
) -> list[Reason]:
    """Why an outline can't be planted `depth` levels below the top."""
    if not lines:
        return [Reason("node.name_missing", _("Give a name."), field="outline")]
    if len(lines) > most:
        text = _("At most %(most)s values at once.", most=most)
        return [Reason("node.too_many", text, field="outline")]
    if any(len(line.name) > 120 for line in lines):
        return [Reason("node.name_long", _("A name is too long."), field="outline")]
    deepest = max(line.level for line in lines) + 1
    if feature.is_flat and deepest > 1:
        text = _("A choice has one level; make it a tree to have more.")
        return [Reason("node.flat", text, field="outline")]
    return reasons_against_depth(depth + deepest)


def reasons_not_to_move_node(node: "FeatureNode", parent: "FeatureNode | None") -> list[Reason]:
    """A node moves within its own tree, not below itself, not under an archived one."""
    if parent is None:
        return []
    if parent.feature_id != node.feature_id:
        text = _("The new place is in another tree.")
        return [Reason("node.other_tree", text, field="parent")]
    if parent.path.startswith(node.path):
        text = _("A node can't be moved below itself.")
        return [Reason("node.cycle", text, field="parent")]
    if parent.archived_at:
        return [Reason("node.archived", _("The new place is archived."), field="parent")]
    return []


def reasons_not_to_merge(
    sources: Sequence["FeatureNode"], target: "FeatureNode", wanted: int
) -> list[Reason]:
    """Values of one tree become one that is on offer, not above it."""
    if not sources or len(sources) < wanted:
        text = _("Choose values of the same tree.")
        return [Reason("node.other_tree", text, field="into")]
    if any(target.path.startswith(one.path) for one in sources):
        text = _("A value can't become itself or one below it.")
        return [Reason("node.cycle", text, field="into")]
    if any(one.feature_id != target.feature_id for one in sources):
        text = _("The new place is in another tree.")
        return [Reason("node.other_tree", text, field="into")]
    if target.archived_at:
        return [Reason("node.archived", _("The new place is archived."), field="into")]
    return []
