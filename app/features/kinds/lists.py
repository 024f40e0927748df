"""Values out of a dictionary or tree: one or several; documents hold the ids of their nodes."""

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Integer, cast, exists, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.features import nodes
from app.features.controls import NewNode, NodeField, NodesField
from app.features.kinds.base import Kind, Slot, Unreadable, ordered
from app.features.kinds.documents import has_any
from app.features.levels import by_level, depths, node_tops
from app.features.models import FeatureNode, fold_name
from app.features.pointed import NODE, Key, Names, found
from app.lists import dimensions, filters
from app.lists.dimensions import Dimension
from app.lists.filters import FilterField, Picked
from app.lists.paging import Beside, Order, read_text

MOST = 100  # values of one feature in a record
LONGEST_NAME = 120


class Choice(Kind):
    """One of a flat list of values."""

    name, label = "choice", _l("Choice")
    longest = 2_000
    pointing, shapes = True, (int, list)

    # --- reading ----------------------------------------------------------------------------

    def read(self, value: Any, kept: Any) -> Any:
        """The node's id; the node must live in this feature."""
        node = self.find(value)
        if node is None:
            raise Unreadable(self.unknown(value))
        if node.archived_at is not None and node.id not in self.ids(kept):
            raise Unreadable(_("This value is archived."))
        return node.id

    def ids(self, stored: Any) -> list[int]:
        """The ids in a stored value, of one or several."""
        return [] if stored is None else list(stored) if isinstance(stored, list) else [stored]

    def find(self, value: Any) -> FeatureNode | None:
        """The node meant by an id, names, an object with an id, or a node."""
        if isinstance(value, FeatureNode):
            return value if value.feature_id == self.feature.id else None
        if isinstance(value, NewNode):
            return nodes.at_names(self.feature.id, [value.name])
        if isinstance(value, dict):
            value = value.get("id")
        if isinstance(value, list):
            return nodes.at_names(
                self.feature.id, [str(name)[:200] for name in value[: nodes.DEEPEST]]
            )
        if isinstance(value, int) and not isinstance(value, bool):
            return nodes.find(self.feature.id, value) if 0 < value < 2**31 else None
        return self.by_text(value) if isinstance(value, str) else None

    def by_text(self, text: str) -> FeatureNode | None:
        """The node with this id, with this name at the top, or at the end of Country/Town."""
        plain = text.isascii() and text.isdigit() and len(text) < 10
        if plain and (node := nodes.find(self.feature.id, int(text))):
            return node
        named = nodes.at_trail(self.feature.id, text)
        return named or nodes.at_names(self.feature.id, text.split("/")[: nodes.DEEPEST])

    def unknown(self, value: Any) -> str:
        """That there is no such value, and which are called much alike."""
        near = nodes.near(self.feature.id, value) if isinstance(value, str) else []
        if not near:
            return _("There is no such value.")
        return _("There is no such value. Near it: %(names)s.", names="; ".join(near))

    def lacking(self, value: Any) -> list[str]:
        """The name, if no value is called so; raises Unreadable for one that can't be a name."""
        name = value.name if isinstance(value, NewNode) else value
        if isinstance(name, list) and len(name) == 1:
            name = name[0]
        if not isinstance(name, str) or not (text := self.cleaned(name)) or self.find(value):
            return []
        if len(text) > LONGEST_NAME:
            raise Unreadable(_("A name is too long."))
        if nodes.is_archived(self.feature.id, text):
            raise Unreadable(_("This value is archived."))
        return [text]

    # --- showing ----------------------------------------------------------------------------

    def show(self, stored: Any, names: Names) -> str:
        """The names from the root down."""
        return self.called(stored, names)

    def called(self, pk: int, names: Names) -> str:
        """The names of a node from the root down."""
        return names.get((NODE, pk), f"#{pk}")

    def told(self, stored: Any, names: Names) -> str:
        """Also of one value where there are several now, and the other way round."""
        known = type(stored) in self.shapes
        return (
            joined([self.called(one, names) for one in self.ids(stored)]) if known else str(stored)
        )

    def as_json(self, stored: Any, names: Names) -> Any:
        """Id and names; given back, the id counts."""
        return {"id": stored, "path": names.get((NODE, stored), "").split(nodes.ARROW)}

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """Id and names; the id or the name alone are read, too."""
        path = {"type": "array", "items": {"type": "string"}}
        whole = {"type": "object", "properties": {"id": {"type": "integer"}, "path": path}}
        open_list = self.feature.open_list or not names
        name = {"type": "string"} if open_list else {"type": "string", "enum": [*names]}
        return {"anyOf": [whole, {"type": "integer"}, name]}

    def points(self, stored: Any) -> list[Key]:
        """At nodes."""
        return [(NODE, pk) for pk in self.ids(stored)]

    def control(self, stored: Any, words: Mapping[str, Any]) -> Any:
        """A select that searches on the server."""
        rows = found(self.points(stored))
        chosen = rows[NODE, stored] if stored is not None else None
        checked = self.checked(stored, words)
        open_list, kind = self.feature.open_list, f"node-{self.feature.id}"
        return NodeField(**checked, kind=kind, open_list=open_list, default=chosen)

    # --- lists ------------------------------------------------------------------------------

    def key(self, value: Any) -> Any:
        """The node's id."""
        return value.as_integer()

    def holds(self, slot: Slot, ids: Any) -> ColumnElement[bool]:
        """Whether the value is one of these nodes, given by ids or a SELECT."""
        is_one: ColumnElement[bool] = has_any(slot, ids, self.key(slot.value).in_(ids))
        return is_one

    def is_sound(self, stored: Any) -> bool:
        """Whether it is an id."""
        return type(stored) is int

    def is_empty(self, slot: Slot) -> ColumnElement[bool]:
        """Whether there is no value."""
        missing: ColumnElement[bool] = slot.value.as_string().is_(None)
        return missing

    def filter(self, slot: Slot) -> FilterField:
        """By values."""
        any_of = lambda some: self.holds(slot, [one.id for one in some])  # noqa: E731
        kind, find = f"node-{slot.feature.id}", partial(picked, slot.feature.id)
        return filters.related(slot.name, slot.label, kind, any_of, self.is_empty(slot), find)

    def first(self, slot: Slot) -> Any:
        """SQL of the node by which rows are sorted."""
        return self.key(slot.value)

    def order(self, slot: Slot) -> Order:
        """By name, in Polish order."""
        first, node = self.first(slot), FeatureNode.__table__.alias()
        beside = Beside(node.c.name.collate("polish"), first, ((node, node.c.id == first),))
        return ordered(slot, name_of_node(first).collate("polish"), read_text, beside=beside)

    def indexed(self, slot: Slot) -> Any:
        """The node's id."""
        return self.key(slot.value)

    def ways(self, slot: Slot) -> list[Dimension]:
        """By value."""
        key = self.key(slot.value)
        return [dimensions.records(slot.name, slot.label, key, FeatureNode, lambda row: row.name)]


class Tree(Choice):
    """A node of a tree."""

    name, label = "tree", _l("Tree")

    def filter(self, slot: Slot) -> FilterField:
        """By branches and values."""

        def below(top: FeatureNode) -> ColumnElement[bool]:
            return self.holds(slot, select(FeatureNode.id).where(nodes.below(top.path)))

        def at(one: FeatureNode) -> ColumnElement[bool]:
            return self.holds(slot, [one.id])

        kind, find = f"node-{slot.feature.id}", partial(picked, slot.feature.id)
        return filters.tree(slot.name, slot.label, kind, (below, at), self.is_empty(slot), find)

    def ways(self, slot: Slot) -> list[Dimension]:
        """By the nodes of each level."""
        deepest = depths().get(slot.feature.id, 1)
        return [self.way(slot, level) for level in range(1, deepest + 1)]

    def way(self, slot: Slot, level: int) -> Dimension:
        """By the nodes of a level."""
        tops = node_tops(slot.feature, level)
        return by_level(slot.feature, level, tops, self.key(slot.value))


# --- several ------------------------------------------------------------------------------------


class Choices(Choice):
    """Several of a flat list of values; documents hold their ids in order."""

    name, label = "choices", _l("Several choices")
    longest = 20_000

    def read(self, value: Any, kept: Any) -> Any:
        """The ids of the nodes, each once; None for none."""
        read = super().read
        return sorted({read(one, kept) for one in self.parts(value)}) or None

    def parts(self, value: Any) -> list[Any]:
        """The single values; raises Unreadable for too many."""
        parts = parted(value) if isinstance(value, str) else value
        parts = parts if isinstance(parts, list) else [parts]
        if len(parts) > MOST:
            raise Unreadable(_("Give at most %(most)s values.", most=MOST))
        return [one for one in parts if one not in ("", None)]

    def lacking(self, value: Any) -> list[str]:
        """The names among the values that nothing is called by."""
        lack = super().lacking
        found = [name for one in self.parts(value) for name in lack(one)]
        return list({fold_name(name): name for name in found}.values())

    def show(self, stored: Any, names: Names) -> str:
        """Their names, with semicolons between."""
        return joined([self.called(one, names) for one in stored])

    def as_json(self, stored: Any, names: Names) -> Any:
        """A list."""
        return [super(Choices, self).as_json(one, names) for one in stored]

    def shape(self, names: Sequence[str]) -> dict[str, Any]:
        """A list of them."""
        return {"type": "array", "maxItems": MOST, "items": super().shape(names)}

    def control(self, stored: Any, words: Mapping[str, Any]) -> Any:
        """A select of several."""
        rows = found(self.points(stored))
        chosen = [row for one in self.ids(stored) if (row := rows[NODE, one]) is not None]
        checked = self.checked(stored, words)
        open_list, kind = self.feature.open_list, f"node-{self.feature.id}"
        return NodesField(**checked, kind=kind, open_list=open_list, default=chosen)

    def holds(self, slot: Slot, ids: Any) -> ColumnElement[bool]:
        """Whether one of the values is among these."""
        one = members(slot.value)
        plain = exists(select(1).select_from(one).where(cast(one.c.value, Integer).in_(ids)))
        held: ColumnElement[bool] = has_any(slot, ids, plain, several=True)
        return held

    def is_sound(self, stored: Any) -> bool:
        """Whether they are ids in order, each once."""
        ids = isinstance(stored, list) and all(type(one) is int for one in stored)
        return ids and bool(stored) and stored == sorted(set(stored))

    def first(self, slot: Slot) -> Any:
        """The first one's."""
        return slot.inside(0).as_integer()

    def ways(self, slot: Slot) -> list[Dimension]:
        """By each value."""
        return [several(one, slot, pairs(slot)) for one in super().ways(slot)]


class Trees(Choices, Tree):
    """Several nodes of a tree."""

    name, label = "trees", _l("Several nodes of a tree")

    def ways(self, slot: Slot) -> list[Dimension]:
        """By the nodes of each level."""
        return Tree.ways(self, slot)

    def way(self, slot: Slot, level: int) -> Dimension:
        """By the nodes of a level."""
        tops, own = node_tops(slot.feature, level), pairs(slot).subquery()
        above = select(own.c.record, tops.c.key).join(tops, tops.c.record == own.c.key).distinct()
        return several(by_level(slot.feature, level, tops, None), slot, above)


def several(way: Dimension, slot: Slot, query: Any) -> Dimension:
    """A way to group where a row may stand in several groups."""
    owner = slot.model.id
    return replace(way, key=None, pairs=query.subquery(), owner=owner, several=True)


def pairs(slot: Slot) -> Any:
    """SELECT of (record, key): each value of each record."""
    rows = slot.model.__table__.alias()
    one = members(rows.c.features[slot.feature.key])
    query = select(rows.c.id.label("record"), cast(one.c.value, Integer).label("key"))
    return query.select_from(rows.join(one, true())).where(one.c.value.is_not(None))


class json_members(GenericFunction[Any]):  # noqa: N801 - the name of an SQL function
    """The members of a list in a document, as rows."""

    inherit_cache = True


@compiles(json_members, "sqlite")
def _sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


@compiles(json_members, "postgresql")
def _postgres(element: Any, compiler: Any, **more: Any) -> str:
    return f"jsonb_array_elements_text({compiler.process(element.clauses, **more)})"


def members(value: Any) -> Any:
    """The members of a stored list as a table with the column `value`."""
    return json_members(value).table_valued("value", name="member")


def joined(texts: Sequence[str]) -> str:
    """Texts in one line, quoted where they hold what parts them."""
    return "; ".join(quoted(text) if {*';"'} & {*text} else text for text in texts)


def quoted(text: str) -> str:
    """A text in quotation marks; its own are doubled."""
    inner = text.replace('"', '""')
    return f'"{inner}"'


def parted(line: str) -> list[str]:
    """The texts in a line, or one a line."""
    close = re.sub(r"[\r\n]+", ";", line)
    rows = csv.reader([close], delimiter=";", skipinitialspace=True)
    return [one.strip() for row in rows for one in row]


def picked(feature_id: int, ids: Collection[int]) -> dict[int, Picked]:
    """The feature's nodes with these ids, with their full names; archived ones too."""
    known = nodes.named(ids)
    rows = (known[pk] for pk in ids if pk in known)
    return {node.id: Picked(node, node.trail) for node in rows if node.feature_id == feature_id}


def name_of_node(node_id: Any) -> Any:
    """SQL for the name of a node given by id."""
    node = FeatureNode.__table__.alias()
    name = select(node.c.name).where(node.c.id == node_id)
    return name.correlate_except(node).scalar_subquery()
