"""The framework's security manager: one query for all rights, no writes at the start."""

from collections.abc import Iterable
from typing import Any

from flask import g
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_login import current_user

from app.access.current import current_actor
from app.fab.answers import problem

TOKEN_TROUBLES = (
    "unauthorized_loader",
    "invalid_token_loader",
    "expired_token_loader",
    "user_lookup_error_loader",
)


class CrmSecurityManager(SecurityManager):
    """Asks the actor's permission set; the set was read once, with the actor."""

    @staticmethod
    def before_request() -> None:
        """Read the cookie's operator, and with them the actor, before any page asks for rights."""
        g.user = current_user._get_current_object()

    def create_db(self) -> None:
        """Nothing at server start: `flask setup` writes roles."""

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Nothing is public but what asks for no permission."""
        return False

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Whether the actor's roles grant it."""
        actor = current_actor()
        return actor is not None and (permission_name, view_name) in actor.permissions

    def get_user_menu_access(self, menu_names: Iterable[str] | None = None) -> set[str]:
        """The names of the menu entries the actor may see."""
        actor = current_actor()
        granted = actor.permissions if actor else frozenset()
        return {view for permission, view in granted if permission == "menu_access"}

    def create_jwt_manager(self, app: Any) -> Any:
        """A missing, wrong, old or ended token is answered alike."""
        manager = super().create_jwt_manager(app)
        for loader in TOKEN_TROUBLES:
            getattr(manager, loader)(lambda *_why: problem(401))
        return manager

    def write_roles(self) -> Any:
        """The framework's own rows: the administrators' role and the public one."""
        SecurityManager.create_db(self)
