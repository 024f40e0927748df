"""Forms whose text is kept while it is typed, and offered again."""

import secrets
from collections.abc import Mapping
from typing import Any

from flask import abort, g, request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from app.access.current import acting
from app.db import db, transaction
from app.errors import InvalidValue, Reason
from app.fab.conflicts import plain, shown
from app.fab.views import CrmView, PageView
from app.records import drafts
from app.records.models import Draft

LONGEST_ADDRESS = 300


class Drafted(CrmView):
    """A part of a page with forms: what is typed survives a closed tab and an ended session."""

    def typed(self) -> Any:
        """The draft that the address asks for, on a form opened with it."""
        if request.method != "GET" or "draft" not in request.args:
            return super().typed()
        if "draft" not in g:
            number = request.args.get("draft", type=int) or 0
            g.draft = drafts.find(acting().id, number if number < 2**31 else 0) or abort(404)
        return drafts.as_form(g.draft)

    def forget_typed(self) -> None:
        """The form is saved."""
        if token := request.form.get("draft"):
            drafts.forget(acting().id, token)

    def unsaved_context(self, form: Any, item: Any | None) -> Mapping[str, Any]:
        """Under which name and token this form's text is kept, and earlier text of it."""
        resumed = g.get("draft")
        token = resumed.token if resumed else request.form.get("draft") or secrets.token_hex(12)
        fresh = request.method == "GET" and resumed is None
        earlier = drafts.offered(acting().id, form_name()) if fresh else []
        return {
            "draft_form": form_name(),
            "draft_token": token,
            "resumed": resumed,
            "drafts": [self.told(one, form, item) for one in earlier],
        }

    def told(self, draft: Draft, form: Any, item: Any | None) -> dict[str, Any]:
        """A draft as it is offered: its time, its address and what differs from the form."""
        filled = type(form)(formdata=drafts.as_form(draft), obj=item)
        pairs = [(one, form[one.name]) for one in filled if one.name not in drafts.NOT_TYPED]
        differs = [(one.label.text, shown(one)) for one, now in pairs if plain(one) != plain(now)]
        version = self.version_of(item) if item is not None else None
        stale = version is not None and draft.record_version not in ("", version)
        words = {"id": draft.id, "at": draft.at, "stale": stale, "differs": differs}
        return {**words, "url": with_draft(draft)}


def form_name() -> str:
    """What tells one form from another: its address, without the draft it goes on with."""
    pairs = [pair for pair in request.args.items(multi=True) if pair[0] != "draft"]
    asked = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{request.path}?{asked}".rstrip("?")[:LONGEST_ADDRESS]


def with_draft(draft: Draft) -> str:
    """The address of a draft's form, to go on with it."""
    return f"{draft.form}{'&' if '?' in draft.form else '?'}draft={draft.id}"


class DraftView(PageView):
    """Keeps what is typed; everybody their own."""

    route_base = "/drafts"

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("edit")
    def save(self) -> Any:
        """Keep what stands in a form now."""
        name, token = request.args.get("form", ""), request.args.get("token", "")
        if not name.startswith("/") or name.startswith("//"):
            raise InvalidValue(Reason("draft.form", _("This can't be read.")))
        pairs = list(request.form.items(multi=True))
        with transaction():
            drafts.save(acting().id, name, token, request.form.get("version"), pairs)
        return "", 204

    @expose("/<int(max=2147483647):pk>/delete", methods=["POST"])
    @has_access
    @permission_name("edit")
    def delete(self, pk: int) -> Any:
        """Throw a draft away."""
        with transaction():
            db.session.delete(drafts.find(acting().id, pk) or abort(404))
        return ""

    @expose("/token", methods=["GET"])
    @has_access
    @permission_name("edit")
    def token(self) -> Any:
        """A new token for forms opened before the last login."""
        return {"token": generate_csrf()}
