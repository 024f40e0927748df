"""The page of imports: choose profile and file, see what would happen, then import."""

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, FileField, StringField

from app.access.current import acting
from app.db import now
from app.errors import DomainError, InvalidValue, Reason
from app.exchange.files import read_table
from app.exchange.operations import Report, Wish, counted, run
from app.exchange.profiles import read_profile
from app.exchange.shipped import known_profiles
from app.fab.forms import ChoiceField
from app.fab.views import PageView

MOST_SHOWN = 200


def profile_choices() -> list[tuple[str, Any]]:
    """The profiles one may choose, and the one in a file."""
    return [("", _("in the file below")), *((name, name) for name in known_profiles())]


class ImportForm(FlaskForm):
    """Profile, file, and what about bad rows."""

    profile = ChoiceField(_l("Profile"), choices=profile_choices, default="")
    profile_file = FileField(_l("Profile from a file (YAML)"))
    file = FileField(_l("File (CSV or XLSX)"))
    skip_bad = BooleanField(_l("Leave out bad rows and import the others"))
    rehearsed = StringField()


@dataclass(frozen=True)
class Upload:
    """What was sent: the profile's text and the file."""

    profile: bytes
    file: bytes

    @property
    def mark(self) -> str:
        """A fingerprint: what is imported is what was looked at."""
        whole = hashlib.sha256(self.profile).digest() + hashlib.sha256(self.file).digest()
        return hashlib.sha256(whole).hexdigest()


class ImportView(PageView):
    """Import of files, for administrators."""

    route_base = "/import"

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("add")
    def show(self) -> Any:
        """The form."""
        return self.answer(ImportForm())

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("add")
    def bring(self) -> Any:
        """Try the import; write only what was tried before and looked at."""
        form = ImportForm()
        if not form.validate():
            return self.answer(form, status=422)
        try:
            upload = sent(form)
            apply = bool(request.form.get("apply")) and form.rehearsed.data == upload.mark
            report = self.done(upload, Wish(not apply, bool(form.skip_bad.data)))
        except DomainError as error:
            return self.answer(form, status=error.status, reasons=error.reasons)
        return self.answer(form, report=report, mark=upload.mark, applied=report.applied and apply)

    def done(self, upload: Upload, wish: Wish) -> Report:
        """Run the import."""
        profile = read_profile(upload.profile)
        table = read_table(upload.file, profile.encoding)
        return run(profile, table, acting(), now(), wish)

    def answer(self, form: ImportForm, *, status: int = 200, **more: Any) -> Any:
        """The page, or to a script only its report."""
        part = "HX-Request" in request.headers
        template = "exchange/_report.html" if part else "exchange/import.html"
        words = {"form": form, "title": _("Import"), "counted": counted(), "most": MOST_SHOWN}
        given = {"report": None, "reasons": (), "mark": "", "applied": False, **words, **more}
        return self.render_template(template, **given), status


def sent(form: ImportForm) -> Upload:
    """The profile and the file; raises InvalidValue for what is missing."""
    known = known_profiles()
    chosen, own = form.profile.data, form.profile_file.data
    profile = known[chosen].read_bytes() if chosen in known else own.read() if own else b""
    file = form.file.data.read() if form.file.data else b""
    missing = [
        Reason("import.missing", text, field=name)
        for name, text, content in (
            ("profile", _("Choose a profile."), profile),
            ("file", _("Choose a file."), file),
        )
        if not content
    ]
    if missing:
        raise InvalidValue(*missing)
    return Upload(profile, file)
