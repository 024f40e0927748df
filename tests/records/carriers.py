"""How tests name the record that carries a note or file."""

from typing import Any


def address(record: Any) -> str:
    """The record in an address."""
    return f"record={record.__tablename__}&id={record.id}"
