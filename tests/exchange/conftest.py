"""What the tests of imports share: short profiles and files, and an import in one line."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    User,
    ViewMenu,
)
from flask_babel import force_locale
from sqlalchemy import select

from app.access.current import Door
from app.db import now
from app.exchange.definitions import files, present
from app.exchange.definitions.apply import Order, apply, differences
from app.exchange.files import read_table
from app.exchange.operations import Report, Wish, run
from app.exchange.profiles import read_profile
from tests.exchange.definition_files import read

CONTRACTORS = """
target: contractors
fields: {code: code, name: name, nip: nip, city: city}
"""


@pytest.fixture
def bring(acting_as: Callable[..., Any], session: Any) -> Callable[..., Report]:
    """`bring(ann, profile, file)`: the report of an import by her; both are texts."""

    def bring(user: User, profile: str, file: str | bytes, **wish: bool) -> Report:
        data = file.encode() if isinstance(file, str) else file
        with acting_as(user, Door.IMPORT) as actor:
            report = run(read_profile(profile), read_table(data), actor, now(), Wish(**wish))
        session.commit()  # what the test reads next is what is stored now
        return report

    return bring


def codes(report: Report) -> list[tuple[int, list[str]]]:
    """(line, codes of its reasons) of the bad rows."""
    return [(bad.line, [reason.code for reason in bad.reasons]) for bad in report.bad]


@pytest.fixture
def make_role_importer(session: Any) -> Iterator[None]:
    """Let the role Operator import, as an installation may."""
    role = session.scalars(select(Role).where(Role.name == "Operator")).one()
    right = (
        select(PermissionView)
        .join(PermissionView.permission)
        .join(PermissionView.view_menu)
        .where(Permission.name == "can_add", ViewMenu.name == "ImportView")
    )
    pair = session.scalars(right).one()
    role.permissions.append(pair)
    session.commit()
    yield
    session.refresh(role)
    role.permissions.remove(pair)
    session.commit()


@pytest.fixture
def said(acting_as: Callable[..., Any], admin: Any) -> Any:
    """`said(text)`: applied by an administrator; returns the lines of what changed."""

    def said(text: str, **more: Any) -> list[str]:
        with acting_as(admin, Door.CLI) as actor, force_locale("en"):
            order = Order(actor, read(text), now(), **more)
            return [str(one) for one in apply(order, differences(order))]

    return said


@pytest.fixture
def exported(acting_as: Callable[..., Any], admin: Any) -> Any:
    """`exported()`: the file of what is defined."""

    def exported() -> str:
        with acting_as(admin, Door.CLI):
            return files.write(present.state())

    return exported
