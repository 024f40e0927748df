"""Filters by features: one per definition, read with the definitions, asked of the document."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Numeric, String, cast, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.features import nodes
from app.features.catalog import features_of
from app.features.kinds import KINDS, Unreadable
from app.features.models import Feature, FeatureNode
from app.lists import filters
from app.lists.filters import FilterField, Operator

ACCENTS = "ąáàâäãåćçčęéèêëěíìîïłľńñňóòôöõőřśšťúùûüůýźżž"
LETTERS = "aaaaaaaccceeeeeeiiiillnnnoooooorsstuuuuuyzzz"


class folded(GenericFunction[str]):  # noqa: N801 - the name of an SQL function
    """A column's text without case and accents: our function on SQLite, a table on PostgreSQL."""

    type = String()
    inherit_cache = True


@compiles(folded, "sqlite")
def _sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"fold({compiler.process(element.clauses, **more)})"


@compiles(folded, "postgresql")
def _postgres(element: Any, compiler: Any, **more: Any) -> str:
    return (
        f"translate(lower({compiler.process(element.clauses, **more)}), '{ACCENTS}', '{LETTERS}')"
    )


def fields_for(model: type[Any]) -> list[FilterField]:
    """The filters of a register's features."""
    return [field_for(model, feature) for feature in features_of(model)]


def field_for(model: type[Any], feature: Feature) -> FilterField:
    """The filter of a feature."""
    value = model.features[feature.key]
    name, label = f"feature_{feature.code}", feature.name(str(get_locale()))
    make = {
        "text": _text,
        "number": _number,
        "date": _date,
        "yesno": _yesno,
        "choice": _choice,
        "tree": _tree,
    }[feature.kind]
    found: FilterField = make(name, label, value, feature)
    return found


def _text(name: str, label: str, value: Any, _feature: Feature) -> FilterField:
    return filters.contains(name, label, folded(value.as_string()))


def _date(name: str, label: str, value: Any, _feature: Feature) -> FilterField:
    text = value.as_string()
    compare: Sequence[tuple[str, Any]] = (
        (_("from"), lambda day: text >= day.isoformat()),
        (_("to"), lambda day: text <= day.isoformat()),
        (_("on"), lambda day: text == day.isoformat()),
    )
    tests = tuple(Operator(words, filters.read_date, test) for words, test in compare)
    return FilterField(name, label, "date", tests)


def _number(name: str, label: str, value: Any, feature: Feature) -> FilterField:
    number = cast(value.as_string(), Numeric(asdecimal=False))

    def read(text: str) -> ColumnElement[Any]:
        try:
            plain = KINDS["number"].parse(feature, text)
        except Unreadable as error:
            raise filters.Unreadable(text) from error
        return cast(literal(plain, String), Numeric(asdecimal=False))

    tests = (
        Operator(_("from"), read, lambda other: number >= other),
        Operator(_("to"), read, lambda other: number <= other),
        Operator(_("is"), read, lambda other: number == other),
    )
    return FilterField(name, label, "number", tests)


def _yesno(name: str, label: str, value: Any, _feature: Feature) -> FilterField:
    words = [("yes", _("yes")), ("no", _("no"))]
    return filters.choice(name, label, words, lambda word: value.as_boolean().is_(word == "yes"))


def _choice(name: str, label: str, value: Any, feature: Feature) -> FilterField:
    test = Operator(_("is"), filters.read_id, lambda number: value.as_integer() == number)
    return _remote(name, label, feature, (test,))


def _tree(name: str, label: str, value: Any, feature: Feature) -> FilterField:
    def within(number: int) -> ColumnElement[bool]:
        return value.as_integer().in_(select(FeatureNode.id).where(nodes.below_id(number)))

    tests = (
        Operator(_("is in the branch"), filters.read_id, within),
        Operator(_("is"), filters.read_id, lambda number: value.as_integer() == number),
    )
    return _remote(name, label, feature, tests)


def _remote(name: str, label: str, feature: Feature, tests: tuple[Operator, ...]) -> FilterField:
    show = partial(shown_node, feature.id)
    return FilterField(name, label, "remote", tests, kind=f"node-{feature.id}", show=show)


def shown_node(feature_id: int, text: str) -> str:
    """The full name of a node given by its id."""
    good = text.isascii() and text.isdigit() and len(text) < 10
    node = nodes.named([int(text)]).get(int(text)) if good else None
    return node.trail if node is not None and node.feature_id == feature_id else text
