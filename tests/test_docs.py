"""The papers name every setting, command and role."""

import ast
import re
from pathlib import Path

import click
import pytest

from app.access.roles import ROLES
from app.setup import cli

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "admins-guide.md").read_text()
README = (ROOT / "README.md").read_text()


def settings_read() -> set[str]:
    """Names that the product reads from the environment."""
    names = set()
    for path in (ROOT / "config.py", ROOT / "run.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("get", "pop"):
                owner = getattr(node.func, "value", None)
                if "environ" in ast.dump(owner) and isinstance(node.args[0], ast.Constant):
                    names.add(str(node.args[0].value))
    return names


def commands(group: click.Command, path: str = "flask") -> list[str]:
    """Full names of the commands in a group."""
    if not isinstance(group, click.Group):
        return [f"{path} {group.name}"]
    below = f"{path} {group.name}"
    return [name for one in group.commands.values() for name in commands(one, below)]


def listed(text: str, name: str) -> bool:
    """Whether a heading, a row of a table or a code block names it."""
    lines = [
        line for line in text.splitlines() if line.startswith(("#", "|", "    ", "`", "flask"))
    ]
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", line) for line in lines)


@pytest.mark.parametrize("name", sorted(settings_read()))
def test_a_setting_has_its_row(name: str) -> None:
    assert listed(GUIDE, name)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_has_its_row(role: object) -> None:
    assert listed(GUIDE, role.name)  # type: ignore[attr-defined]


def test_every_command_has_its_place(app: object) -> None:
    own = [
        name
        for group in app.cli.commands.values()  # type: ignore[attr-defined]
        if (group.callback or group).__module__.startswith("app.") or group.name in own_groups()
        for name in commands(group)
    ]
    assert own
    assert [name for name in own if not listed(GUIDE + README, name)] == []


def own_groups() -> set[str]:
    """Names of the command groups that the product adds."""
    return {value.name for value in vars(cli).values() if isinstance(value, click.Group)}


def test_readme_leads_with_run_and_test() -> None:
    found = re.findall(r"make [a-z-]+", README)
    assert found[:2] == ["make run", "make test"]


def test_a_setting_without_a_row_is_found() -> None:
    assert settings_read() >= {"SECRET_KEY", "DATABASE_URL", "HOST", "PORT"}
    assert not listed("# Settings\nETAP_NO_SUCH is only in prose", "ETAP_NO_SUCH")


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_links_between_papers_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []
