"""The table of roles: nothing in it is without meaning, and it is what the database says."""

import pytest
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.access.models import RoleScope
from app.access.roles import ROLES, words_of_role
from app.operators.words import ACTS


@pytest.fixture
def rights(app):
    """(permission, page) of every page and resource there is."""
    views = app.extensions["appbuilder"].baseviews
    return {
        (one, view.class_permission_name) for view in views for one in view.base_permissions or ()
    }


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_grant_names_a_right_that_some_page_asks_for(rights, role):
    assert sorted(role.grants - rights) == []


def test_every_right_has_words(rights):
    assert {right for right in rights if right[0].removeprefix("can_") not in ACTS} == set()


def test_the_database_says_what_the_table_says(session, rights):
    for definition in ROLES:
        role = session.scalars(select(Role).where(Role.name == definition.name)).one()
        granted = {(one.permission.name, one.view_menu.name) for one in role.permissions}
        pages = {one for one in granted if one[0] != "menu_access"}
        assert pages == (definition.grants or rights), definition.name
        assert session.get(RoleScope, role.id).scope == definition.scope


def test_who_reads_changes_nothing_but_the_own_profile_and_views():
    reader = next(role for role in ROLES if role.name == "Reader")
    harmless = {"can_list", "can_show", "can_history", "can_get", "can_info"}
    own = {"ProfileView", "BellView", "SavedViewView", "SavedViewApi"}
    assert {page for act, page in reader.grants if act not in harmless} == own


def test_only_administrators_reach_accounts():
    for role in ROLES:
        acts = {
            act for act, page in role.grants if page in ("OperatorView", "TeamView", "RoleView")
        }
        assert acts <= {"can_list", "can_show"}, role.name


def test_a_role_of_somebodys_own_making_is_called_by_its_name():
    assert words_of_role("Keeper") == ("Keeper", "")


def test_writing_roles_again_changes_nothing_and_keeps_a_chosen_scope(session, command):
    operators = session.scalars(select(Role).where(Role.name == "Operator")).one()
    session.get(RoleScope, operators.id).scope = "own"
    before = sorted(one.id for one in operators.permissions)
    assert command("setup", "roles").exit_code == 0
    assert sorted(one.id for one in operators.permissions) == before
    assert session.get(RoleScope, operators.id).scope == "own"
