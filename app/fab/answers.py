"""How refusals and errors are answered: a page for people, JSON for programs."""

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException

from app.db import db
from app.errors import DomainError, Reason

log = logging.getLogger(__name__)

WORDS = {
    400: (_l("This can't be read"), _l("The address or the form holds something we can't read.")),
    401: (_l("Please log in"), _l("Your session has ended.")),
    403: (_l("Not permitted"), _l("Your role does not permit this.")),
    404: (_l("Not found"), _l("There is no such page, or you may not see it.")),
    405: (_l("Not possible this way"), _l("This address does not take such a request.")),
    409: (_l("Not possible now"), _l("The present state does not allow this.")),
    413: (_l("Too large"), _l("What you sent is too large.")),
    415: (_l("This can't be read"), _l("What you send must be JSON.")),
    429: (_l("Too many attempts"), _l("Please wait a few minutes and try again.")),
    500: (_l("Something went wrong"), _l("It is our fault. The error has been noted.")),
    503: (_l("Busy"), _l("The database did not answer in time. Please try again.")),
}


RETRY_AFTER = {429: "900", 503: "2"}  # seconds


def wants_json() -> bool:
    """Whether the request came through the API."""
    return request.path.startswith("/api/")


def as_dict(reason: Reason) -> dict[str, Any]:
    """A reason as the API says it; rows by their ids."""
    found: dict[str, Any] = {
        "code": reason.code,
        "text": str(reason.text),
        "offers": list(reason.offers),
    }
    if reason.rows:
        found["rows"] = [{"id": row.id, "text": str(row)} for row in reason.rows]
    if reason.field:
        found["field"] = reason.field
    return found


def problem(status: int, reasons: Sequence[Reason] = (), **more: Any) -> Response:
    """Every "no" of the API: {"message", "reasons": [{"code", "text", "offers", ...}]}."""
    given = reasons or [Reason(f"http.{status}", words_for(status)[1])]
    message = "; ".join(str(reason.text) for reason in given)
    answer = jsonify(message=message, reasons=[as_dict(reason) for reason in given], **more)
    answer.status_code = status
    if status in RETRY_AFTER:
        answer.headers["Retry-After"] = RETRY_AFTER[status]
    return answer


def words_for(status: int) -> tuple[Any, Any]:
    """Title and text of a status."""
    return WORDS.get(status, WORDS[400 if status < 500 else 500])


def refusal(error: DomainError) -> Any:
    """The answer to a refused act, where no page took care of it."""
    db.session.rollback()
    if wants_json():
        return problem(error.status, error.reasons)
    return page(error.status, reasons=error.reasons)


def page(status: int, **more: Any) -> tuple[str, int]:
    """The error page."""
    title, text = words_for(status)
    reference = secrets.token_hex(4)
    words = {"code": status, "title": title, "text": text, "request_id": reference, **more}
    return render_template("shell/error.html", **words), status


def http_error(error: HTTPException) -> Any:
    """The answer to an HTTP error."""
    status = error.code or 500
    if error.response is not None:
        return error.response
    if wants_json():
        answer = problem(status)
        allowed = [pair for pair in error.get_headers() if pair[0] == "Allow"]
        answer.headers.extend(allowed)
        return answer
    return page(status)


def crash(error: Exception) -> Any:
    """The answer to a fault of ours: noted in the log, nothing told but a reference."""
    db.session.rollback()
    reference = secrets.token_hex(4)
    log.exception("error %s at %s %s", reference, request.method, request.path)
    if wants_json():
        return problem(500, reference=reference)
    return page(500, request_id=reference)


def database_trouble(error: DBAPIError) -> Any:
    """Time-outs and lost connections are 503; numbers too large for their column are 400."""
    db.session.rollback()
    state = getattr(error.orig, "sqlstate", None) or ""
    if isinstance(error, OperationalError) or state in ("57014", "55P03", "40P01"):
        log.warning("database trouble %s at %s", type(error.orig).__name__, request.path)
        return problem(503) if wants_json() else page(503)
    if state.startswith("22"):
        return problem(400) if wants_json() else page(400)
    return crash(error)


def too_large(_error: OverflowError) -> Any:
    """SQLite's driver refuses numbers past 64 bits with an error of Python's own."""
    db.session.rollback()
    return problem(400) if wants_json() else page(400)


def ask_to_log_in(response: Response) -> Response:
    """A part of a page is not replaced by the login page: its script is told to load anew."""
    away = response.status_code == 302 and "/login/" in response.headers.get("Location", "")
    if away and "HX-Request" in request.headers:
        response.status_code = 401
        del response.headers["Location"]
    return response


def answer_errors(app: Flask) -> None:
    """Register the answers."""
    app.after_request(ask_to_log_in)
    app.register_error_handler(DomainError, refusal)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(DBAPIError, database_trouble)
    app.register_error_handler(OverflowError, too_large)
    app.register_error_handler(Exception, crash)
