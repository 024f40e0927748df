"""Who took which rows out: each file of a list leaves a record."""

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit.models import Audited
from app.db import Model


class Export(Audited, Model):
    """A file made of a list: of which register, by which filters and order, how many rows."""

    __tablename__ = "export"

    id: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), index=True)
    register: Mapped[str] = mapped_column(String(40))
    format: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(Text)
    rows: Mapped[int]
    cut: Mapped[bool]

    operator: Mapped[User] = relationship(User, foreign_keys=[operator_id])
