"""The security manager of the product: logins, sessions and tokens that can be ended."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask import abort, flash, g, redirect, request, session
from flask_appbuilder import expose
from flask_appbuilder.api import BaseApi
from flask_appbuilder.security.api import SecurityApi
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.schemas import login_post
from flask_appbuilder.security.views import AuthDBView
from flask_babel import gettext as _
from flask_jwt_extended import (
    create_access_token,
    create_refresh_token,
    get_current_user,
    get_jwt,
    verify_jwt_in_request,
)
from flask_login import login_user, logout_user
from marshmallow import ValidationError, fields
from marshmallow.validate import OneOf

from app.access.current import Door, become
from app.db import now, transaction
from app.errors import TooMany
from app.fab.description import DescribedApi, Note, ref
from app.fab.schemas import CrmSchema
from app.fab.security import CrmSecurityManager
from app.operators import logins, sessions
from app.records.drafts import forget_old

OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20]*\Z")


class LoginView(AuthDBView):
    """Log in, log out."""

    login_template = "shell/login.html"

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        """The login form."""
        if g.user.is_authenticated:
            return redirect(way_on(), 303)
        form, status = LoginForm_db(), 200
        if form.validate_on_submit():
            try:
                user = logins.login(form.username.data, form.password.data)
            except TooMany as error:
                flash(str(error.reasons[0].text), "danger")
                return self.form(form, 429)
            if user is not None and self.let_in(user):
                return redirect(way_on(), 303)
            flash(_("The name or the password is wrong."), "danger")
            status = 401
        elif "next" in request.args:
            session.pop("_flashes", None)  # a login page says by itself that one must log in
        return self.form(form, status)

    def form(self, form: Any, status: int) -> Any:
        """Render the login form."""
        words = {"title": _("Log in"), "form": form, "next": request.args.get("next", "")}
        return self.render_template(self.login_template, **words), status

    def let_in(self, user: Any) -> bool:
        """Start a fresh session; nothing of the old one survives but the language."""
        with transaction():
            token = sessions.admit(user, Door.PAGE)
            if token is None:
                return False
            logins.forget_attempts(user)
            forget_old()
        start_anew()
        session["sid"], session.permanent = token, True
        login_user(user)
        return True

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        """End the session, here and in the database."""
        with transaction():
            sessions.end(session.get("sid"))
        logout_user()
        start_anew()
        return redirect(self.appbuilder.get_url_for_login, 303)


def start_anew() -> None:
    """Empty the cookie's session, except for the language."""
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale


def way_on() -> str:
    """Where a login leads: the page that asked for it if it is one of ours, else the start."""
    try:
        asked = urlsplit(request.args.get("next", ""))
    except ValueError:
        return "/"
    path = asked._replace(scheme="", netloc="", fragment="").geturl()
    ours = asked.netloc in ("", request.host) and OWN_PATH.match(path)
    return path if ours else "/"


class Login(CrmSchema):
    """What a program logs in with; `refresh` asks for a second token that renews the first."""

    username = fields.String(required=True)
    password = fields.String(required=True)
    provider = fields.String(validate=OneOf(["db"]))
    refresh = fields.Boolean()


class Tokens(CrmSchema):
    """The token of all other requests, and the one that renews it."""

    access_token = fields.String(required=True)
    refresh_token = fields.String()


class TokenApi(DescribedApi, SecurityApi):
    """Tokens for programs: the same accounts, limits and sessions as the page."""

    openapi_spec_component_schemas = (Login, Tokens)
    notes: dict[str, Note] = {
        "login": Note(body="Login", gives=ref("Tokens"), refuses=(401, 429), open=True),
        "refresh": Note(gives=ref("Tokens"), refuses=(401,)),
        "logout": Note(gives={"type": "object"}, refuses=(401,)),
    }
    add_apispec_components = BaseApi.add_apispec_components

    @expose("/login", methods=["POST"])
    def login(self) -> Any:
        """Exchange name and password for tokens."""
        try:
            given = login_post.load(request.get_json())
        except ValidationError as error:
            return self.response_400(message=error.messages)
        user = logins.login(given["username"], given["password"])
        if user is None:
            return self.response_401()
        with transaction():
            g.api_token = sessions.admit(user, Door.API)
            logins.forget_attempts(user)
        if g.api_token is None:
            return self.response_401()
        made = {"access_token": create_access_token(str(user.id), fresh=True)}
        if given.get("refresh"):
            made["refresh_token"] = create_refresh_token(str(user.id))
        return self.response(200, **made)

    @expose("/logout", methods=["POST"])
    def logout(self) -> Any:
        """End the session behind the token."""
        if self.appbuilder.sm.token_user() is None:
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
