"""What the API's tests share: asking with a body and headers, and reading what is answered."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User


class Program:
    """A program at work: `ask(method, path, body, **headers)` gives status, body and headers."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request below /api/v1; header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        more = {} if body is None else {"json": body}
        return self.client.open(f"/api/v1{path}", method=method, headers=named, **more)

    def get(self, path: str, **q: Any) -> Any:
        """GET with `q`."""
        return self.client.get(f"/api/v1{path}", query_string={"q": json.dumps(q)} if q else None)

    def change(self, path: str, body: Any, method: str = "PUT") -> Any:
        """Read the record, then change it from the version read."""
        etag = self.client.get(f"/api/v1{path}").headers["ETag"]
        return self.ask(method, path, body, If_Match=etag)


@pytest.fixture
def as_program(api_as: Callable[[User], FlaskClient]) -> Callable[[User], Program]:
    """`as_program(ann).ask("POST", "/event/", {...})`."""
    return lambda user: Program(api_as(user))


def codes(answer: Any) -> list[str]:
    """The codes of a refusal."""
    return [reason["code"] for reason in answer.json["reasons"]]
