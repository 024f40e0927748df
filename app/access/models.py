"""What stands beside the framework's own tables: a role's row scope, an operator's switches."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Model


class RoleScope(Model):
    """How far a role sees: own records, those of its teams, or all."""

    __tablename__ = "role_scope"
    __table_args__ = (CheckConstraint("scope in ('own', 'team', 'all')", name="scope"),)

    role_id: Mapped[int] = mapped_column(
        ForeignKey("ab_role.id", ondelete="CASCADE"), primary_key=True
    )
    scope: Mapped[str] = mapped_column(String(8))


class SwitchedOff(Model):
    """Something of the pages that an operator does not want: `letters`, `hints`."""

    __tablename__ = "switched_off"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(20), primary_key=True)


class DefinitionStamp(Model):
    """One row: how often the definitions of features changed; triggers of the table count."""

    __tablename__ = "definition_stamp"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    changes: Mapped[int]
