"""What every operator has: profile, theme, language, own password; and the picker of operators."""

from typing import Any

from flask import abort, current_app, flash, redirect, request, session
from flask_appbuilder import expose, has_access, permission_name
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _

from app.access.current import Door, acting
from app.db import db, transaction
from app.fab.dress import THEMES
from app.fab.pickers import Picker, register
from app.fab.views import PageView
from app.operators import logins, operations, sessions
from app.operators.forms import PasswordForm
from app.operators.names import name_of, searched
from app.operators.passwords import hash_password

YEAR = 365 * 24 * 3600
SWITCHES = ("letters", "hints")


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
        answer.set_cookie(
            "theme", theme, max_age=YEAR, samesite="Lax", secure=secure, httponly=True
        )
        return answer

    @expose("/language", methods=["POST"])
    def language(self) -> Any:
        """Polish or English."""
        language = request.form.get("language", "")
        if language not in current_app.config["LANGUAGES"]:
            abort(400)
        session["locale"] = language
        return self.back()

    @expose("/keys", methods=["POST"])
    @has_access
    @permission_name("edit")
    def keys(self) -> Any:
        """Single-letter keys and the hints of keys: on or off."""
        with transaction():
            off = [one for one in SWITCHES if one not in request.form]
            operations.switch_off(db.session(), acting().id, off)
        flash(_("Saved."), "success")
        return redirect("/profile/#keyboard", 303)

    def back(self) -> Any:
        """To the page the operator was on."""
        here = request.host_url
        came = request.referrer or ""
        return redirect(came if came.startswith(here) else "/", 303)

    @expose("/sessions", methods=["GET"])
    @has_access
    @permission_name("show")
    def sessions(self) -> Any:
        """My logins that are open now."""
        words = {"title": _("My logins"), "open": sessions.living(acting().id)}
        here = sessions.hashed(session.get("sid", ""))
        url = "/profile/sessions"
        return self.render_template("operators/sessions.html", url=url, here=here, **words)

    @expose("/sessions/end", methods=["POST"])
    @has_access
    @permission_name("edit")
    def end_sessions(self) -> Any:
        """End one of my logins, or all but this one."""
        number = request.form.get("session", type=int)
        with transaction():
            if number is None:
                sessions.end_all(acting().id, but=session.get("sid"))
            else:
                sessions.end_one(acting().id, number)
        flash(_("Logged out."), "success")
        return redirect("/profile/sessions", 303)

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
                logins.forget_attempts(user)
            flash(_("Your password is changed; your other sessions have ended."), "success")
            return redirect("/profile/", 303)
        status = 422 if form.errors else 200
        words = {"form": form, "title": _("Change password")}
        return self.render_template("operators/password.html", **words), status

    def fits(self, form: PasswordForm) -> bool:
        """Whether the new password is good and the old one right; errors go to the fields."""
        user = acting().user
        if not form.is_good_for(user):
            return False
        if logins.login(user.username, form.old.data) is None:
            form.old.errors = [_("This is not your present password.")]
        return not form.errors


def _search(query: Any, text: str, _more: Any) -> Any:
    query = query.where(User.active)
    for word in text.split()[:4]:
        query = query.where(searched.contains(word, autoescape=True))
    return query.order_by(User.last_name.collate("polish"), User.first_name, User.id)


register(
    Picker("operator", User, _search, name_of, ("show", "PickerView"), lambda row: row.username)
)
