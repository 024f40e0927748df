"""Agreeing to what a change of a definition touches, through pages and in operations."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.db import transaction
from app.features.changes.impact import Question


def agree(client: FlaskClient, url: str, data: Mapping[str, Any]) -> Any:
    """Post, read what it touches, and post again with a yes."""
    asked = client.post(url, data=data)
    assert asked.status_code == 409, asked.text[-2000:]
    found = re.search(r'name="sure" value="(\w+)"', asked.text)
    assert found, asked.text[-2000:]
    return client.post(url, data={**data, "sure": found[1]})


def agreed(deed: Callable[[str], Any]) -> Any:
    """Do `deed(sure)` in a transaction, once it was asked about."""
    with pytest.raises(Question) as asked, transaction():
        deed("")
    with transaction():
        return deed(asked.value.impact.mark)
