"""Who is answered and what the answer may do: the guard before every handler of the server."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

from bokeh.server.views.auth_request_handler import AuthRequestHandler
from bokeh.server.views.ico_handler import IcoHandler
from bokeh.server.views.multi_root_static_handler import MultiRootStaticHandler
from bokeh.server.views.static_handler import StaticHandler
from bokeh.util.token import check_token_signature
from panel.io.server import ComponentResourceHandler, DocHandler, WSHandler
from tornado.web import HTTPError

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# `{nonce}` is drawn anew for each response. 'strict-dynamic' must not be added: Panel makes script tags
# again from text, and they would run.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; connect-src 'self' blob:; "
    "img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
QUIET_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
# A stored file that is opened by its own address can do nothing: no script, no form, no request.
MEDIA_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)

_ALONE = "frame-ancestors 'self'"
MOST_SESSIONS = 300  # of about a megabyte each; one that nobody looks at goes after a minute

_SCRIPT_TAG = re.compile(r"<script(?=[\s>])", re.IGNORECASE)
_JOINS_A_SESSION = ("bokeh-session-id", "bokeh-token")


@dataclass(frozen=True, slots=True)
class Guard:
    """What the server knows about who may ask.

    Attributes:
        hosts: the names, each with its port, by which the server may be addressed; a page elsewhere
            that has its own name lead here is told apart by them. Empty admits every name.
        origins: what else may open a websocket, such as `https://vitrail.example.org`.
        packages: the packages whose components may hand out the files that they list.
        frames: which pages of others may hold this one in a frame, such as `https://wiki.example.org`.
        policy: whether a Content-Security-Policy is sent; off only to test what stands without it.
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset({"panel", "panel_material_ui", "vitrail_panels"})
    frames: frozenset[str] = frozenset()
    policy: bool = True

    def knows(self, host: str) -> bool:
        """Whether the server goes by this name."""
        return not self.hosts or host.lower() in self.hosts

    def admits_origin(self, origin: str, host: str) -> bool:
        """Whether a page of this origin may open a websocket at `host`: our own page, to the letter."""
        if origin in self.origins:
            return True
        parts = urlsplit(origin)
        return parts.scheme in {"http", "https"} and parts.netloc.lower() == host.lower()

    def lends(self, module: str) -> bool:
        """Whether files of this module's components may be asked for; never a reason to import it."""
        return module in sys.modules and module.partition(".")[0] in self.packages


class Guarded(AuthRequestHandler):
    """A handler that answers only those who are logged in and call the server by its name.

    Every handler of the server is one. `content_policy` is what its answers may do in a browser.
    """

    application: Any  # Bokeh's, with a guard
    content_policy = QUIET_POLICY

    @property
    def guard(self) -> Guard:
        guard: Guard = self.application.guard
        return guard

    @cached_property
    def nonce(self) -> str:
        """What marks the scripts of this one response as ours."""
        return secrets.token_urlsafe(18)

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)
        frames = " ".join(["'self'", *sorted(self.guard.frames)])
        if self.guard.frames:
            self.clear_header("X-Frame-Options")  # it knows no other origins; the policy does
        if self.guard.policy:
            policy = self.content_policy.replace("{nonce}", self.nonce)
            policy = policy.replace(_ALONE, f"frame-ancestors {frames}")
            self.set_header("Content-Security-Policy", policy)

    async def prepare(self) -> None:
        await super().prepare()
        if not self.guard.knows(self.request.host):
            raise HTTPError(421, reason="this server does not go by that name")
        if self.current_user is None:
            self.refuse()

    def refuse(self) -> None:
        """Turn away who is not logged in."""
        raise HTTPError(403, reason="log in first")

    def write_error(self, status_code: int, **_: Any) -> None:
        """One line of text; what happened is in the log."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")


class Page(Guarded, DocHandler):
    """The page, whose own scripts alone run."""

    content_policy = PAGE_POLICY

    def refuse(self) -> None:
        self.redirect("login?" + urlencode({"view": self.request.query}))

    async def get_session(self) -> Any:
        asked = any(self.get_argument(name, None) is not None for name in _JOINS_A_SESSION)
        if asked or "Bokeh-Session-Id" in self.request.headers:
            raise HTTPError(403, reason="sessions are opened by the server alone")
        if len(self.application.get_sessions("/")) >= MOST_SESSIONS:
            raise HTTPError(503, reason="too many pages are open; close some, or try again in a minute")
        opened: Any = super().get_session()
        return await opened

    def write(self, chunk: Any) -> None:
        if isinstance(chunk, str):
            chunk = _SCRIPT_TAG.sub(f'<script nonce="{self.nonce}"', chunk)
        super().write(chunk)


class Socket(Guarded, WSHandler):
    """The page's websocket."""

    async def prepare(self) -> None:
        await super().prepare()
        if not self._token_is_ours():
            raise HTTPError(403, reason="the session was not opened by this server")

    def _token_is_ours(self) -> bool:
        protocols = self.request.headers.get("Sec-WebSocket-Protocol", "").split(",")
        try:
            return len(protocols) == 2 and check_token_signature(
                protocols[1].strip(),
                secret_key=self.application.secret_key,
                signed=self.application.sign_sessions,
            )
        except (ValueError, KeyError, TypeError, AssertionError):
            return False

    def check_origin(self, origin: str) -> bool:
        return self.guard.admits_origin(origin, self.request.host)

    def open(self, *args: Any, **kwargs: Any) -> Any:
        # A message is several frames, which the system would hold back until the last is confirmed.
        self.set_nodelay(True)
        self.application.sockets.add(self)
        return super().open(*args, **kwargs)

    def on_close(self) -> None:
        self.application.sockets.discard(self)
        super().on_close()


class Scripts(Guarded, StaticHandler):
    """Bokeh's own files."""


class Extensions(Guarded, MultiRootStaticHandler):
    """Panel's own files."""


class Components(Guarded, ComponentResourceHandler):
    """The files that components list, of packages that are known to have some.

    Panel's handler imports whichever module it is asked for.
    """

    def parse_url_path(self, path: str) -> str:
        if not self.guard.lends(path.partition("/")[0]):
            raise HTTPError(404)
        return str(super().parse_url_path(path))


class Icon(Guarded, IcoHandler):
    """The page's icon."""


class Nothing(Guarded):
    """Every address that there is nothing at."""

    async def prepare(self) -> None:
        await super().prepare()
        raise HTTPError(404)


# Bokeh and Panel bring their own routes; only these are served, each by a guarded handler.
REPLACED: dict[type, type[Guarded]] = {
    DocHandler: Page,
    WSHandler: Socket,
    StaticHandler: Scripts,
    MultiRootStaticHandler: Extensions,
    IcoHandler: Icon,
}


def guarded_routes(routes: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The routes that may be served: guarded handlers as they are, known ones replaced, others left out.

    Left out are autoload.js, which hands a session to any page on the web, metadata and the index.
    """
    kept = []
    for pattern, handler, *rest in routes:
        if issubclass(handler, Guarded):
            kept.append((pattern, handler, *rest))
        elif handler in REPLACED:
            kept.append((pattern, REPLACED[handler], *rest))
    return kept
