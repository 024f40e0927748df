"""The gate for odd input: what no honest client sends is answered 400 before a view sees it."""

from flask import Flask, abort, request
from werkzeug.datastructures import MultiDict

FORM = "application/x-www-form-urlencoded"
LONGEST_QUERY = 8_000


def check_request() -> None:
    """Refuse NUL characters, broken UTF-8, endless query strings and forms."""
    if len(request.query_string) > LONGEST_QUERY:
        abort(414)
    limit = request.max_form_memory_size or 0
    if request.mimetype == FORM and (request.content_length or 0) > limit:
        abort(413)  # the parser limits only forms that carry files
    texts = [request.path, *_texts(request.args)]
    if request.mimetype in (FORM, "multipart/form-data"):
        texts += _texts(request.form)
    if any("\x00" in text or "\ufffd" in text for text in texts):
        abort(400)


def _texts(values: "MultiDict[str, str]") -> list[str]:
    return [text for pair in values.items(multi=True) for text in pair]


def guard(app: Flask) -> None:
    """Put the gate before every request."""
    app.before_request(check_request)
