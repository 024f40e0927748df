"""The security manager of the product: logins, sessions and tokens that can be ended."""

from typing import Any

from flask import abort, flash, g, redirect, request, session
from flask_appbuilder import expose
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.utils.base import get_safe_redirect
from flask_babel import gettext as _
from flask_jwt_extended import get_current_user, get_jwt, verify_jwt_in_request
from flask_login import login_user, logout_user

from app.access.current import Door, become
from app.db import now, transaction
from app.errors import TooMany
from app.fab.security import CrmSecurityManager
from app.operators import logins, sessions


class LoginView(AuthDBView):
    """Log in, log out."""

    login_template = "shell/login.html"

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        """The login form."""
        if g.user is not None and g.user.is_authenticated:
            return redirect(get_safe_redirect(request.args.get("next", "")))
        form, status = LoginForm_db(), 200
        if form.validate_on_submit():
            try:
                user = logins.login(form.username.data, form.password.data)
            except TooMany as error:
                flash(str(error.reasons[0].text), "danger")
                return self.form(form, 429)
            if user is not None:
                return self.let_in(user, form.username.data)
            flash(_("The name or the password is wrong."), "danger")
            status = 401
        return self.form(form, status)

    def form(self, form: Any, status: int) -> Any:
        """Render the login form."""
        words = {"title": _("Log in"), "form": form, "next": request.args.get("next", "")}
        return self.render_template(self.login_template, **words), status

    def let_in(self, user: Any, username: str) -> Any:
        """Start a fresh session; nothing of the old one survives but the language."""
        kept = {"locale": session["locale"]} if "locale" in session else {}
        session.clear()
        session.update(kept)
        session.permanent = True
        with transaction():
            session["sid"] = sessions.open_session(user, Door.PAGE)
            logins.forget_failures(username)
        login_user(user)
        return redirect(get_safe_redirect(request.args.get("next", "")), 303)

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        """End the session, here and in the database."""
        with transaction():
            sessions.end(session.get("sid"))
        locale = session.get("locale")
        logout_user()
        session.clear()
        if locale:
            session["locale"] = locale
        return redirect(self.appbuilder.get_url_for_login, 303)


class TokenApi(SecurityApi):
    """Tokens for programs: the same accounts, limits and sessions as the page."""

    class_permission_name = "SecuritySessionApi"

    @expose("/logout", methods=["POST"])
    def logout(self) -> Any:
        """End the session behind the token."""
        manager = self.appbuilder.sm
        if manager.token_user() is None:
            return self.response_401()
        with transaction():
            sessions.end(get_jwt().get("sid"))
        return self.response(200, message="OK")


class EtapSecurityManager(CrmSecurityManager):
    """Accounts in our database; each login is a row that can be ended."""

    security_api = TokenApi

    def register_views(self) -> None:
        """Login and tokens; the pages for accounts and roles are in app/operators/views.py."""
        self.auth_view = LoginView()
        self.appbuilder.add_view_no_menu(self.auth_view)
        self.appbuilder.add_api(TokenApi)

    def auth_user_db(self, username: str, password: str) -> Any:
        """The framework's hook of the token door."""
        user = logins.login(username or "", password or "")
        if user is not None:
            with transaction():
                g.api_token = sessions.open_session(user, Door.API)
                logins.forget_failures(username)
        return user

    def load_user(self, pk: Any) -> Any:
        """The operator of the cookie's session."""
        if request.path.startswith("/api/"):
            return None  # programs come with tokens; a cookie opens no API
        user = sessions.user_of(session.get("sid"), int(pk), now())
        if user is not None:
            become(user, Door.PAGE)
        return user

    def load_user_jwt(self, _jwt_header: Any, jwt_data: Any) -> Any:
        """The operator of the token's session."""
        user = sessions.user_of(jwt_data.get("sid"), int(jwt_data["sub"]), now())
        if user is not None:
            become(user, Door.API)
            g.user = user
        return user

    def token_user(self) -> Any:
        """The operator of the request's token, if it has a good one."""
        verify_jwt_in_request()
        return get_current_user()

    def create_jwt_manager(self, app: Any) -> Any:
        """Tokens carry the session; a refreshed one keeps that of the token it came from."""
        manager = super().create_jwt_manager(app)

        @manager.additional_claims_loader
        def _claims(_identity: Any) -> dict[str, Any]:
            token = g.get("api_token") or get_jwt().get("sid")
            return {"sid": token} if token else abort(401)

        return manager
