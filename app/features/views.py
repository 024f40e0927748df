"""The register of features: what admins define while people work."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any

from flask import request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import String, func
from wtforms import IntegerField, StringField
from wtforms.validators import Length, NumberRange, Optional

from app.access.visibility import common
from app.audit.journal import name_act
from app.db import db, fold, now
from app.errors import DomainError, InvalidValue, refuse_if
from app.fab.forms import ChoiceField, strip
from app.fab.interface import CrmInterface
from app.features import dated, found, indexes, nodes, operations, previews, rules
from app.features.catalog import by_id, copied
from app.features.changes.definition import settle
from app.features.changes.questions import is_asked, links, put
from app.features.holding import hold_alone
from app.features.kinds import KINDS
from app.features.kinds.references import TARGETS
from app.features.models import Feature, FeatureNode
from app.features.tree import rows_in_view
from app.lists import filters
from app.lists.columns import Column
from app.lists.paging import Order, read_number
from app.records import history
from app.records.definitions import DefinitionView, state_of

common(Feature, FeatureNode)


REQUIRED = {
    "": _l("no"),
    "visible": _l("where it is seen"),
    "always": _l("always"),
}


def kinds() -> list[tuple[str, Any]]:
    """The kinds in words."""
    return [(kind.name, kind.label) for kind in KINDS.values()]


def kind_words(rows: Sequence[Feature]) -> dict[int, str]:
    """The kinds of features in words."""
    return {row.id: str(KINDS[row.kind].label) for row in rows}


def category_words(rows: Sequence[Feature]) -> dict[int, str]:
    """The categories of features in the reader's language."""
    return {row.id: row.category(str(get_locale())) for row in rows}


def words_of() -> Any:
    """SQL of what a definition is searched by."""
    parts = (
        *(Feature.name_pl, Feature.name_en, Feature.code),
        *(Feature.category_pl, Feature.category_en),
    )
    words = [func.coalesce(one, "", type_=String) + " " for one in parts]
    return filters.folded(reduce(add, words))


def targets() -> list[tuple[str, Any]]:
    """What references may point at."""
    return [("", "–"), *((target.kind, target.label) for target in TARGETS.values())]


SIZED = [name for name, kind in KINDS.items() if kind.sized]
FITTING = {
    "units": ("money", "quantity"),
    "target": ("reference",),
    **dict.fromkeys(("least", "most"), SIZED),
    **dict.fromkeys(("longest", "pattern", "pattern_help", "searchable"), ("text", "longtext")),
    "open_list": rules.FLAT + rules.DEEP,
    **dict.fromkeys(("campaign", "several"), ("tree",)),
}  # what is asked of some kinds only


class FeatureView(DefinitionView):
    """Features of contractors and events, and the trees of campaigns."""

    route_base = "/features"
    datamodel = CrmInterface(Feature)
    show_template = "features/show.html"
    add_template = edit_template = "features/form.html"
    list_title, add_title = _l("Features"), _l("New feature")
    list_columns = ["name", "kind", "registers", "code", "state"]
    show_columns = ["kind", "registers", "code", "help_text"]
    order_columns = ["place"]
    search_columns = ["state"]
    columns = (
        Column("name", _l("Name"), Order("place", Feature.place, Feature.id, read=read_number)),
        Column("kind", _l("Kind"), values=kind_words),
        Column("registers", _l("Belongs to")),
        Column("category", _l("Category"), values=category_words),
        Column("code", _l("Code")),
        Column("state", _l("State")),
    )
    first_order = "name"
    filter_fields = (
        *filters.quick(filters.contains("name", _l("Name, category, code"), words_of())),
        state_of(Feature.archived_at),
    )
    sections = (
        (None, ("name_pl", "name_en", "kind", "units", "target")),
        (_l("Belongs to"), ("on_contractors", "on_persons", "on_events", "on_stages")),
        (_l("Category"), ("category_pl", "category_en")),
        (_l("Rules"), ("required", "read_only", "initial", "least", "most", "longest")),
        (_l("Texts"), ("pattern", "pattern_help", "searchable")),
        (_l("Choices and trees"), ("open_list",)),
        (_l("Keeping"), ("dated", "fast")),
        (_l("Campaign"), ("campaign", "several")),
        (None, ("code", "place", "help_text")),
    )
    add_columns = [name for _title, names in sections for name in names]
    edit_columns = [name for name in add_columns if name != "campaign"]
    label_columns = {
        "name": _l("Name"),
        "name_pl": _l("Name in Polish"),
        "name_en": _l("Name in English"),
        "kind": _l("Kind"),
        "units": _l("Units or currencies"),
        "target": _l("Points at"),
        "required": _l("Required"),
        "read_only": _l("Filled in by imports only"),
        "dated": _l("Its values keep their history"),
        "fast": _l("Lists are sorted and filtered by it often"),
        "initial": _l("Initial value"),
        "least": _l("At least"),
        "most": _l("At most"),
        "longest": _l("Longest text, in signs"),
        "category_pl": _l("Category in Polish"),
        "category_en": _l("Category in English"),
        "series": _l("Only in series"),
        "pattern": _l("Pattern"),
        "pattern_help": _l("What fits, in words"),
        "searchable": _l("Found by the search"),
        "open_list": _l("New values may be typed in records"),
        "code": _l("Code"),
        "on_contractors": _l("contractors"),
        "on_persons": _l("persons"),
        "on_events": _l("events"),
        "on_stages": _l("stages"),
        "campaign": _l("The tree is a campaign"),
        "several": _l("A record may hang on several places of the campaign"),
        "help_text": _l("Help"),
        "place": _l("Place in the list"),
        "registers": _l("Belongs to"),
        "state": _l("State"),
    }
    description_columns = {
        "code": _l("For programs and imports. Left empty, it is made from the name."),
        "help_text": _l("Shown under the field on forms."),
        "category_pl": _l("Forms and cards show features by category."),
        "pattern": _l("The whole text must match, by the rules of RE2: [A-Z]{2}[0-9]{5}"),
        "pattern_help": _l("Told when a text does not fit: two letters and five digits"),
        "searchable": _l("By those who see the feature; of contractors, persons and events."),
        "open_list": _l("Who may change the record adds them, at the top."),
        "dated": _l("Each value holds from a day on; lists can ask what it was on another."),
        "fast": _l("It gets an index, built by the command flask features index."),
        "units": _l("Of quantities: kg, t. Of money: PLN, EUR. The first is the usual one."),
    }
    field_attributes = {name: {"data-kinds": " ".join(some)} for name, some in FITTING.items()}
    add_form_extra_fields = {
        "kind": ChoiceField(_l("Kind"), choices=kinds, default="text"),
        "target": ChoiceField(
            _l("Points at"),
            choices=targets,
            default="",
            filters=[lambda text: text or ""],
            description=_l("Of references: which records can be chosen."),
        ),
        "required": ChoiceField(
            _l("Required"), choices=lambda: list(REQUIRED.items()), default=""
        ),
        "initial": StringField(_l("Initial value"), [Length(max=2000)], filters=[strip]),
        "longest": IntegerField(
            _l("Longest text, in signs"),
            [Optional(), NumberRange(1, 20_000, _l("Give a number from 1 to 20000."))],
        ),
        "code": StringField(_l("Code"), [Optional(), Length(max=40)], filters=[strip]),
        "place": IntegerField(
            _l("Place in the list"),
            [Optional(), NumberRange(0, 9999, _l("Give a number from 0 to 9999."))],
        ),
    }

    @expose("/preview", methods=["POST"])
    @has_access
    @permission_name("edit")
    def preview(self) -> Any:
        """What the definition would make of forms and of the campaign, while it is typed."""
        kept = by_id(request.args.get("of", 0, type=int))
        feature = previews.sketch(self.new_form(), kept)
        words = {"field": previews.field_of(feature), "feature": feature}
        words |= {"against": previews.against(feature)}
        return self.render_template(
            "features/_preview.html", **words, branches=previews.upper_values(feature)
        )

    def defaults(self) -> dict[str, Any]:
        """For a new campaign, the tree on both registers."""
        both = {"on_contractors": True, "on_events": True}
        return {"kind": "tree", "campaign": True, **both} if "campaign" in request.args else both

    def lock_first(self, form: Any) -> None:
        """The tree of values comes before its definition, the act's name before all it writes."""
        super().lock_first(form)
        pk = (request.view_args or {})["pk"]
        operations.lock_tree(pk)
        if form.kind.data != db.session.scalar(db.select(Feature.kind).where(Feature.id == pk)):
            hold_alone(pk)
        name_act(db.session(), "change_feature")

    def change(self, form: Any, item: Any) -> None:
        """Change the definition, and carry its values over once that was agreed to."""
        old = copied(item)
        super().change(form, item)
        settle(old, item, request.form, now())

    def shelve(self, item: Any, at: datetime | None) -> None:
        """Archive it, once that was agreed to."""
        old = copied(item)
        super().shelve(item, at)
        if at is not None:
            settle(old, item, request.form, now())

    def refused(self, item: Any, error: DomainError) -> Any:
        """The question, or the card with the reasons."""
        return put(self, error, item) if is_asked(error) else super().refused(item, error)

    def show_form(self, form: Any, item: Any | None, error: DomainError | None = None) -> Any:
        """The question, or the form with its errors."""
        if item is not None and error is not None and is_asked(error):
            return put(self, error, item)
        return super().show_form(form, item, error)

    def fill(self, form: Any, item: Any) -> None:
        """A code is made if none is given; a feature that becomes dated begins its history."""
        was_dated = item.dated
        super().fill(form, item)
        item.target = (item.target or None) if item.kind == "reference" else None
        item.place = item.place or 0
        refuse_if(operations.reasons_against_limits(item), InvalidValue)
        item.code = item.code or free_code(item.name_en or item.name_pl)
        if item.id is not None and item.dated and not was_dated:
            dated.start(item)

    def card_context(self, item: Any) -> dict[str, Any]:
        """The tree of values and the chosen one."""
        words: dict[str, Any] = {
            "kind": KINDS[item.kind].label,
            "required": REQUIRED[item.required],
        }
        words |= {"target": dict(targets())[item.target or ""]}
        lacking = operations.lacking(item) if item.required else {}
        words |= {"lacking": links(item, lacking, "empty")}
        words |= {"unfound": found.waiting(item) if item.searchable else 0}
        words |= {"index_state": indexes.STATES[indexes.state_of(item)] if item.fast else ""}
        context = {**super().card_context(item), **words}
        if not item.has_nodes:
            return {**context, "uses": operations.uses_of(item)}
        opened = request.values.get("open", "")
        chosen = chosen_node(item)
        if chosen is not None:
            nodes.name_trails([chosen])
        rows = rows_in_view(item, opened.split(",")[:200], chosen)
        words = {"rows": rows, "chosen": chosen, "opened": opened}
        uses = 0 if item.campaign else operations.uses_of(item)
        return {**context, **words, "uses": uses, "node_uses": node_uses(item, chosen)}

    def name_of(self, item: Any) -> str:
        """The name in the reader's language."""
        return str(item.name(str(get_locale())))


def chosen_node(feature: Feature) -> FeatureNode | None:
    """The value that the address names, if it is one of this feature."""
    text = request.values.get("value", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    return nodes.find(feature.id, int(text))


def node_uses(feature: Feature, node: FeatureNode | None) -> int:
    """How many records have the value."""
    return (
        operations.uses_of_nodes(feature, [node.id])
        if node is not None and not feature.campaign
        else 0
    )


def free_code(name: str) -> str:
    """A code made from a name, not taken yet."""
    stem = "_".join(re.findall(r"[a-z0-9]+", fold(name)))[:30] or "feature"
    stem = stem if stem[0].isalpha() else f"f_{stem}"
    taken = set(db.session.scalars(db.select(Feature.code).where(Feature.code.startswith(stem))))
    numbered = (f"{stem}_{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(code for code in numbered if code not in taken)


history.describe(
    "feature", _l("Feature"), FeatureView.label_columns | {"archived": _l("In the archive")}
)
history.call_words("kind", {name: kind.label for name, kind in KINDS.items()})
