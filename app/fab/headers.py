"""Security headers on every answer, and the nonce that lets our own scripts run."""

import secrets

from flask import Flask, Response, g, request

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
FOR_A_YEAR = "max-age=31536000"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def csp_nonce() -> str:
    """The nonce of the present request."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def add_headers(response: Response) -> Response:
    """Set what is not set yet; pages of a session are never cached."""
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=csp_nonce()))
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def file_headers(*, https: bool) -> dict[str, str]:
    """The headers of static files; opened by itself, a picture must not run anything."""
    strict = {"Strict-Transport-Security": FOR_A_YEAR} if https else {}
    return {**FIXED, "Content-Security-Policy": FILE_POLICY, **strict}


def secure(app: Flask) -> None:
    """Put the headers on every answer; Strict-Transport-Security where the address is https."""
    app.after_request(add_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    if app.config["SESSION_COOKIE_SECURE"]:

        @app.after_request
        def _hsts(response: Response) -> Response:
            response.headers["Strict-Transport-Security"] = FOR_A_YEAR
            return response
