"""How an operator likes the table of a register: widths of columns, density of rows."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Document, Model


class ListLayout(Model):
    """One operator's widths (column -> pixels) and density of one register's list."""

    __tablename__ = "list_layout"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True
    )
    view: Mapped[str] = mapped_column(String(60), primary_key=True)
    widths: Mapped[dict[str, int]] = mapped_column(Document, default=dict)
    density: Mapped[str] = mapped_column(String(8), default="normal")
