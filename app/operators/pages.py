"""What every operator has: profile, theme, language, own password; and the picker of operators."""

from typing import Any

from flask import abort, current_app, flash, redirect, request, session
from flask_appbuilder import expose, has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import func
from werkzeug.security import check_password_hash, generate_password_hash
from wtforms import PasswordField

from app.access.current import Door, acting
from app.db import db, transaction
from app.errors import DomainError
from app.fab.dress import THEMES
from app.fab.forms import required
from app.fab.pickers import Picker, register
from app.fab.views import PageView
from app.operators import logins, sessions

YEAR = 365 * 24 * 3600


class PasswordForm(FlaskForm):
    """Old and new password."""

    old = PasswordField(_l("Present password"), validators=[required()])
    password = PasswordField(_l("New password"), validators=[required()])
    again = PasswordField(_l("New password again"), validators=[required()])


class ProfileView(PageView):
    """The operator's own settings."""

    route_base = "/profile"

    @expose("/", methods=["GET"])
    @has_access
    def show(self) -> Any:
        """Who I am, my teams and roles."""
        user = db.session.get_one(User, acting().id)
        words = {"title": _("Profile"), "user": user, "scope": acting().scope}
        return self.render_template("operators/profile.html", **words)

    @expose("/theme", methods=["POST"])
    def theme(self) -> Any:
        """Light, dark or as the system."""
        theme = request.form.get("theme", "")
        answer = self.back()
        if theme not in THEMES:
            abort(400)
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        answer.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
        return answer

    @expose("/language", methods=["POST"])
    def language(self) -> Any:
        """Polish or English."""
        language = request.form.get("language", "")
        if language not in current_app.config["LANGUAGES"]:
            abort(400)
        session["locale"] = language
        return self.back()

    def back(self) -> Any:
        """To the page the operator was on."""
        here = request.host_url
        came = request.referrer or ""
        return redirect(came if came.startswith(here) else "/", 303)

    @expose("/password", methods=["GET", "POST"])
    @has_access
    @permission_name("edit")
    def password(self) -> Any:
        """Change the own password; all other sessions end."""
        form = PasswordForm()
        if form.validate_on_submit() and self.fits(form):
            user = db.session.get_one(User, acting().id)
            new = hash_password(form.password.data)
            with transaction():
                user.password = new
                db.session.flush()
                session["sid"] = sessions.open_session(user, Door.PAGE)
            flash(_("Your password is changed; your other sessions have ended."), "success")
            return redirect("/profile/", 303)
        status = 422 if form.errors else 200
        words = {"form": form, "title": _("Change password")}
        return self.render_template("operators/password.html", **words), status

    def fits(self, form: PasswordForm) -> bool:
        """Whether the old password is right and the new one good; errors go to the fields."""
        user = acting().user
        if not check_password_hash(user.password or "", form.old.data):
            form.old.errors = [_("This is not your present password.")]
        elif form.password.data != form.again.data:
            form.again.errors = [_("The two are not the same.")]
        else:
            try:
                logins.check_password(form.password.data, user.username)
            except DomainError as error:
                form.password.errors = [str(reason.text) for reason in error.reasons]
        return not form.errors


def hash_password(password: str) -> str:
    """The stored form of a password; slow on purpose, so call it outside transactions."""
    return generate_password_hash(password, current_app.config.get("PASSWORD_METHOD", "scrypt"))


def _search(query: Any, text: str, _more: Any) -> Any:
    query = query.where(User.active)
    for word in text.split()[:4]:
        name = func.lower(User.last_name + " " + User.first_name + " " + User.username)
        query = query.where(name.contains(word, autoescape=True))
    return query.order_by(User.last_name, User.first_name, User.id)


register(
    Picker(
        "operator",
        User,
        _search,
        lambda row: f"{row.first_name} {row.last_name}",
        ("show", "PickerView"),
        lambda row: row.username,
    )
)
