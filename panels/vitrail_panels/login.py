"""Who may look: a file of users with hashed passwords, and the page that asks for them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

from bokeh.server.auth_provider import AuthProvider
from tornado.web import HTTPError, RequestHandler

from vitrail_panels.attempts import Attempts
from vitrail_panels.security import PAGE_POLICY, Guarded
from vitrail_panels.users import Users

COOKIE = "vitrail"
LASTS_DAYS = 0.5

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; min-height: 100vh; margin: 0; place-items: center; }
form { display: grid; gap: 0.75rem; width: min(20rem, 90vw); }
h1 { font-size: 1.25rem; margin: 0; }
label { display: grid; gap: 0.25rem; }
input, button { font: inherit; padding: 0.5rem; }
p { margin: 0; }
"""


class Login(AuthProvider):
    """Logging in by name and password.

    Args:
        users: who may, and by which password.
        attempts: holds back those who guess.
        secure: whether browsers reach the server by https alone.
    """

    login_url = "/login"
    logout_url = "/logout"
    get_login_url = None
    get_user_async = None

    def __init__(self, users: Users, attempts: Attempts | None = None, *, secure: bool = False) -> None:
        self.users = users
        self.attempts = attempts or Attempts()
        self.cookie = f"__Host-{COOKIE}" if secure else COOKIE
        self.secure = secure
        # A hash takes 16 MB and a core; two at a time leave room for everyone who is in.
        self.hashing = ThreadPoolExecutor(2, thread_name_prefix="vitrail-login")
        super().__init__()

    @property
    def get_user(self) -> Any:
        return self._user

    @property
    def login_handler(self) -> type[RequestHandler]:
        return LoginPage

    @property
    def logout_handler(self) -> type[RequestHandler]:
        return LogoutPage

    def close(self) -> None:
        """End the threads."""
        self.hashing.shutdown(wait=False, cancel_futures=True)

    def _user(self, handler: RequestHandler) -> str | None:
        """The name in the cookie, if it still has the password that it had then."""
        cookie = handler.get_signed_cookie(self.cookie, max_age_days=LASTS_DAYS)
        stamp, _, name = (cookie or b"").decode("utf-8", "replace").partition(":")
        now = self._stamp(name) if name else None
        return name if now and hmac.compare_digest(stamp, now) else None

    def _stamp(self, name: str) -> str | None:
        entry = self.users.entry(name)
        return hashlib.sha256(entry.encode()).hexdigest()[:24] if entry else None

    async def admit(self, handler: RequestHandler, name: str, password: str) -> bool:
        """Let a name in by its password: the handler's answer carries the cookie."""
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(self.hashing, self.users.check, name, password):
            return False
        handler.set_signed_cookie(
            self.cookie, f"{self._stamp(name)}:{name}", expires_days=LASTS_DAYS, **self.flags
        )
        return True

    @property
    def flags(self) -> dict[str, Any]:
        """What every cookie of ours carries."""
        return {"httponly": True, "samesite": "Lax", "secure": self.secure, "path": "/"}


class _Form(Guarded):
    """A page with one form, for those who are not in yet."""

    content_policy = PAGE_POLICY

    @property
    def login(self) -> Login:
        login: Login = self.application.auth_provider
        return login

    def refuse(self) -> None:
        """Nobody is turned away here."""

    def show(self, title: str, fields: str, button: str, problem: str = "") -> None:
        token = self.xsrf_form_html()
        alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
        self.set_header("Cache-Control", "no-store")
        self.finish(
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
            f'<body><form method="post"><h1>{title}</h1>{alert}{token}{fields}'
            f'<button type="submit">{button}</button></form></body></html>'
        )


class LoginPage(_Form):
    """Asks for name and password, and goes on to the view that was asked for."""

    def get(self) -> None:
        self._ask()

    async def post(self) -> None:
        name = self.get_body_argument("name", "")[:200]
        password = self.get_body_argument("password", "", strip=False)[:1000]
        who = (f"name {name}", f"address {self.request.remote_ip}")
        wait_s = self.login.attempts.locked_s(who)
        if wait_s:
            self.set_status(429)
            self.set_header("Retry-After", str(wait_s))
            self._ask(f"too many attempts; try again in {wait_s} s")
            return
        await asyncio.sleep(self.login.attempts.begin(who))
        if await self.login.admit(self, name, password):
            self.login.attempts.forget(who)
            self.redirect("./?" + self._view())
            return
        self.set_status(401)
        self._ask("no user has this name and password")

    def _view(self) -> str:
        """The view to go on to; being a query string of our page, it leads nowhere else."""
        try:
            return urlencode(parse_qsl(self.get_argument("view", ""), max_num_fields=400))
        except ValueError:
            raise HTTPError(400, reason="the address has too many parts") from None

    def _ask(self, problem: str = "") -> None:
        fields = (
            '<label>Name<input name="name" autocomplete="username" required autofocus></label>'
            '<label>Password<input name="password" type="password" autocomplete="current-password" '
            "required></label>"
            f'<input type="hidden" name="view" value="{escape(self._view())}">'
        )
        self.show("Vitrail", fields, "Log in", problem)


class LogoutPage(_Form):
    """Asks once more, then forgets who was in."""

    def get(self) -> None:
        self.show("Leave Vitrail", "", "Log out")

    def post(self) -> None:
        self.clear_cookie(self.login.cookie, **self.login.flags)
        self.redirect("login")
