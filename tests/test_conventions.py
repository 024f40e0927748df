"""The house rules that a program can check."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_appbuilder import ModelRestApi, ModelView
from jinja2 import Environment, nodes

from app.audit.models import Audited
from app.db import Model
from app.models import metadata

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "app").rglob("*.py"))
TEMPLATES = sorted((ROOT / "app" / "templates").rglob("*.html"))
OWN = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), ROOT / "config.py", ROOT / "run.py"]
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "services"}

NOT_AUDITED = {
    "audit_entry": "it is the journal",
    "batch": "it is the journal",
    "numbering": "a counter; the events it numbered are in the journal",
    "definition_stamp": "a counter; the definitions are in the journal",
    "mention": "follows the text of its note",
    "feature_change": "what a batch did; the definitions it changed are in the journal",
    "changed_value": "what stood there before a change that is in the journal",
    "draft": "not saved yet, and seen by its operator alone",
    "dated_value": "follows the documents, whose changes are in the journal",
    "idempotent_reply": "kept for a while to answer a repeated request",
    "selection": "chosen rows, for half a day",
    "bulk_plan": "what was shown before an act, for two hours; the act is in the journal",
    "login_session": "written at each login, ended by hand or by time",
    "notice": "tells of the journal",
    "bell_setting": "what one looked at",
    "calendar_feed": "the operator renews or ends it",
    "login_attempt": "counted for fifteen minutes",
    "list_layout": "how somebody likes a table to look",
    "tab_order": "how an operator likes his own tabs",
    "role_scope": "followed together with the framework's roles",
    "switched_off": "an operator's own taste, as theme and language",
    "tally": "sums over other tables, written by their triggers",
    "workday": "the calendar; nobody edits it",
}


def name_of(path: Path) -> str:
    """The path as people say it."""
    return str(path.relative_to(ROOT))


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the product, parsed."""
    for path in SOURCES:
        yield name_of(path), ast.parse(path.read_text())


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", OWN, ids=name_of)
def test_a_module_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    words = ast.get_docstring(ast.parse(text))
    assert words, "a module opens with a docstring"
    assert not FORBIDDEN_NAMES & {path.stem, path.parent.name}


def test_functions_are_short() -> None:
    long = [
        f"{name}: {node.name}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_every_class_of_the_data_says_what_it_is() -> None:
    classes = [one.class_ for one in Model.registry.mappers]
    own = [one for one in classes if one.__module__.startswith("app.")]
    assert [one.__name__ for one in own if not one.__doc__] == []


def test_nothing_is_left_to_do() -> None:
    words = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "raise Not" + "ImplementedError")))
    found = [name_of(path) for path in [*OWN, *TEMPLATES] if words.search(path.read_text())]
    assert found == []


def test_no_test_is_skipped() -> None:
    words = re.compile(r"pytest\.(?:skip|importorskip|xfail)|mark\.(?:skip|skipif|xfail)\b")
    tests = [path for path in OWN if "tests" in path.parts and path.name != Path(__file__).name]
    assert [name_of(path) for path in tests if words.search(path.read_text())] == []


# --- code -------------------------------------------------------------------------------------


def test_nobody_but_app_fab_builds_on_the_frameworks_views() -> None:
    direct = [
        f"{cls.__module__}.{cls.__name__}"
        for base in (ModelView, ModelRestApi)
        for cls in descendants(base)
        if base in cls.__bases__ and cls.__module__.startswith("app.")
    ]
    assert [name for name in direct if not name.startswith("app.fab.")] == []
    assert direct, "the convention has something to watch"


def descendants(cls: type) -> Iterator[type]:
    """All classes below."""
    for one in cls.__subclasses__():
        yield one
        yield from descendants(one)


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    """Calls of a method or function of this name."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", None)) == name
    ]


def test_only_transactions_commit() -> None:
    allowed = {"app/db.py", "app/setup/migration.py"}
    found = {name for name, tree in trees() if calls(tree, "commit")}
    assert found <= allowed


def test_sql_text_is_never_put_together() -> None:
    found = [
        name
        for name, tree in trees()
        for call in calls(tree, "text")
        if call.args and getattr(call.func, "id", "") == "text" and is_assembled(call.args[0])
    ]
    assert found == []


def is_assembled(node: ast.expr) -> bool:
    """Whether a text is built from parts."""
    return isinstance(node, ast.JoinedStr | ast.BinOp) or bool(calls(node, "format"))


def test_assembled_text_is_recognised() -> None:
    samples = {'f"a {b}"': True, '"a" + b': True, '"{}".format(b)': True, '"a"': False}
    parsed = {source: ast.parse(source, mode="eval").body for source in samples}
    assert {source: is_assembled(node) for source, node in parsed.items()} == samples


def test_markup_is_never_made_from_data() -> None:
    found = [
        f"{name}:{call.lineno}"
        for name, tree in trees()
        for call in calls(tree, "Markup")
        if call.args
        and not isinstance(call.args[0], ast.Constant)
        and not excused(name, call, "S704")
    ]
    assert found == []


def excused(name: str, node: ast.expr | ast.ExceptHandler, rule: str) -> bool:
    """Whether the lines say why this time the rule does not apply."""
    lines = (ROOT / name).read_text().splitlines()
    return f"noqa: {rule} - " in "".join(lines[node.lineno - 1 : (node.end_lineno or 0)])


def test_errors_are_not_swallowed() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
        and not excused(name, node, "S112")
    ]
    assert [one for one in found if not one.startswith("app/health.py")] == []


def test_the_layers_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


# --- templates --------------------------------------------------------------------------------


def trusted(source: str) -> list[str]:
    """What a template prints without escaping it."""
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    tree = environment.parse(source)
    safe = [
        f"|safe, line {one.lineno}" for one in tree.find_all(nodes.Filter) if one.name == "safe"
    ]
    return safe + [
        f"autoescape, line {one.lineno}" for one in tree.find_all(nodes.ScopedEvalContextModifier)
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_escapes_what_it_prints(path: Path) -> None:
    assert trusted(path.read_text()) == []


def test_an_unescaped_value_is_found() -> None:
    assert trusted("{{ name|safe }}") == ["|safe, line 1"]
    assert trusted("{{ name|upper }}") == []


# --- data -------------------------------------------------------------------------------------


def test_every_table_is_audited_or_has_a_reason_not_to_be() -> None:
    tables = {
        mapper.local_table.name: mapper.class_
        for mapper in Model.registry.mappers
        if mapper.class_.__module__.startswith("app.")
    }
    silent = {name for name, cls in tables.items() if not issubclass(cls, Audited)}
    assert silent == set(NOT_AUDITED)


def test_every_table_has_one_model() -> None:
    tables = [mapper.local_table.name for mapper in Model.registry.mappers]
    assert len(tables) == len(set(tables))
    assert {name for name in metadata.tables if not name.startswith("ab_")} <= set(tables)


def test_foreign_keys_are_indexed() -> None:
    missing = [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        if not table.name.startswith("ab_")
        for column in table.columns
        if column.foreign_keys and not leads_an_index(table, column)
    ]
    assert [one for one in missing if one.rsplit(".", 1)[1] not in SMALL] == []


SMALL = {  # relations to a handful of rows that are never deleted, or never searched by
    "created_by_id",
    "closed_by_id",
    "outcome_id",
    "series_id",
    "operator_id",
    "undoes_id",
    "user_id",
    "feature_id",
    "node_id",
    "last_pos",
    "prev",
    "closed_upto",
    "id",
}


def leads_an_index(table: object, column: object) -> bool:
    """Whether an index or a unique key begins with the column."""
    keys = [
        list(one.columns)
        for one in [*table.indexes, *table.constraints]
        if hasattr(one, "columns")
    ]  # type: ignore[attr-defined]
    return any(key and key[0] is column for key in keys)
