"""The server: one page over one project, with everything around it guarded."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import re
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from bokeh.core.validation import silence
from bokeh.core.validation.warnings import EMPTY_LAYOUT
from bokeh.server.auth_provider import NullAuth
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from bokeh.settings import settings
from panel.io.application import build_applications
from panel.io.resources import COMPONENT_PATH
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.web import Application

from vitrail.errors import Invalid
from vitrail_panels.files_handler import FilesHandler
from vitrail_panels.handlers import Questions, WindowHandler, routes
from vitrail_panels.login import Login
from vitrail_panels.rows_handler import RowsHandler
from vitrail_panels.security import Components, Guard, Nothing, Socket, guarded_routes
from vitrail_panels.thumbnails import Thumbnails
from vitrail_panels.users import Users

if TYPE_CHECKING:
    from vitrail.registry import Registry
    from vitrail.store.project import Project
    from vitrail.view import View

log = logging.getLogger(__name__)

EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - named to be refused without a login

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")

# Panel reads an address's parts as JSON where it can, and warns of every filter that is none.
logging.getLogger("panel.util").addFilter(lambda record: "of query parameter" not in record.getMessage())

# Every script and style comes from us, whatever the environment says.
settings.resources = "server"
silence(EMPTY_LAYOUT, True)  # a page begins with parts that nothing is in yet


class _Routes(Application):
    """Takes the routes that Bokeh gathered and keeps those that may be served."""

    def __init__(self, handlers: Sequence[Any], **settings_: Any) -> None:
        self.routes = guarded_routes(handlers)
        super().__init__(self.routes, default_handler_class=Nothing, **settings_)


class _Guarding(BokehTornado, _Routes):
    """Bokeh's application, of which every route is guarded."""

    def __init__(self, applications: Any, guard: Guard, **settings_: Any) -> None:
        self.guard = guard
        self.sockets: set[Socket] = set()
        super().__init__(applications, **settings_)


class Server:
    """Serves a project's page.

    As a context manager it runs in a thread; `run` runs it in the calling one.

    Args:
        project: what is shown.
        registry: who draws it; None takes every installed plugin.
        port: 0 picks a free one.
        address: where it listens; anything but the machine itself asks for a login.
        users: the file of users who may log in; None asks nobody.
        origins: how else the page is reached, such as `https://vitrail.example.org` behind a proxy.
        embed_in: the origins whose pages may hold this one in a frame; no other page may.
        content_policy: off only to test what stands without it.
        read_only: whether nobody may save views and rows from the page.
        page: makes the page; None takes ours.

    Raises:
        Invalid: the port is in use, the address is not ours or needs a login, an origin is none.
    """

    def __init__(
        self,
        project: Project,
        registry: Registry | None = None,
        *,
        port: int = 0,
        address: str = "127.0.0.1",
        users: Path | None = None,
        origins: Sequence[str] = (),
        embed_in: Sequence[str] = (),
        content_policy: bool = True,
        read_only: bool = False,
        page: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        if users is None and not is_loopback(address):
            raise Invalid(
                f"whoever reaches {address} could read every artifact; add a login: "
                "`vitrail password USER --users FILE`, then `vitrail serve --users FILE`, "
                "or leave --address out to serve this machine alone"
            )
        for origin in (*origins, *embed_in):
            if not _ORIGIN.fullmatch(origin):
                raise Invalid(
                    f"an origin is written as https://vitrail.example.org, got {origin!r:.200}"
                )
        self.project = project
        self.registry = registry if registry is not None else _all_plugins()
        self.address = address
        self.login = _login(users, origins)
        self.read_only = read_only
        self._page = page
        self._socket = _bound(address, port)
        self.port: int = self._socket.getsockname()[1]
        self._guard = self._guarding(origins, frozenset(embed_in), content_policy)
        self.questions = Questions(self._draw, self._ticket)
        self.numbers = Questions(self._numbered, self._ticket, threads=2)
        self.thumbnails = Thumbnails(project.root / "cache" / "thumbnails")
        self.tornado: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the page is."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.address, self.address)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    def run(self, ready: Callable[[str], None] = lambda _: None) -> None:
        """Serve until SIGINT or SIGTERM.

        Args:
            ready: called with the address once it answers.
        """
        asyncio.run(self._serve(lambda: ready(self.url), signals=True))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def start(self, *, daemon: bool = False) -> None:
        """Serve in a thread.

        Args:
            daemon: whether the process may end meanwhile.
        """
        answers = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(answers.set)), name="vitrail-server", daemon=daemon
        )
        self._thread.start()
        while not answers.wait(0.05):
            if not self._thread.is_alive():
                raise RuntimeError("the server did not start; the log says why")

    @property
    def is_serving(self) -> bool:
        """Whether its thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def end(self) -> None:
        """End the serving, and wait until it has ended."""
        self.stop()
        if self._thread:
            self._thread.join()

    def stop(self) -> None:
        """End the serving, from whichever thread."""
        if self._loop and self._stop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)

    async def _serve(self, answers: Callable[[], None], *, signals: bool = False) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        if signals and sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM):
                self._loop.add_signal_handler(number, self._stop.set)
        self.tornado = self._application()
        http = HTTPServer(self.tornado, max_header_size=128 * 1024, max_body_size=1024 * 1024)
        server = BaseServer(IOLoop.current(), self.tornado, http)
        try:
            http.add_socket(self._socket)
            server.start()
            self.project.engine.warm()
            answers()
            await asyncio.to_thread(import_module, "vitrail_panels.page")  # while a browser starts
            await self._stop.wait()
        finally:
            server.stop()
            await self._hang_up()
            await http.close_all_connections()
            self.close()

    async def _hang_up(self) -> None:
        """End the sessions, each after its websocket, which would look for it otherwise."""
        for open_socket in tuple(self.tornado.sockets):
            open_socket.close(1001, "the server ends")
        for _ in range(100):
            if not self.tornado.sockets:
                break
            await asyncio.sleep(0.01)
        for session in self.tornado.get_sessions("/"):
            if session.connection_count == 0:
                session.destroy()

    def close(self) -> None:
        """Let go of the port and the threads."""
        self._socket.close()
        self.questions.close()
        self.numbers.close()
        self.thumbnails.close()
        if self.login:
            self.login.close()

    def _application(self) -> _Guarding:
        secure = self.login is not None and self.login.secure
        return _Guarding(
            build_applications({"/": self._made_page}, title="Vitrail"),
            self._guard,
            extra_patterns=[
                *routes(self.questions, self.project.blobs, self.thumbnails),
                (r"/api/numbers", WindowHandler, {"questions": self.numbers}),
                (r"/api/rows", RowsHandler, {"project": self.project, "registry": self.registry}),
                (r"/api/file", FilesHandler, {"project": self.project}),
                (f"/{COMPONENT_PATH}(.*)", Components),
            ],
            auth_provider=self.login or NullAuth(),
            use_index=False,
            sign_sessions=True,
            secret_key=secrets.token_bytes(32),
            generate_session_ids=True,
            include_headers=[],
            include_cookies=[],
            session_token_expiration=300,
            unused_session_lifetime_milliseconds=60_000,
            check_unused_sessions_milliseconds=15_000,
            websocket_max_message_size_bytes=4 * 1024 * 1024,
            cookie_secret=secrets.token_urlsafe(32),
            xsrf_cookies=self.login is not None,
            xsrf_cookie_kwargs={"httponly": True, "samesite": "Lax", "secure": secure},
            compress_response=True,
        )

    def _made_page(self) -> Any:
        """A page for one session, or what to look for in the log."""
        try:
            if self._page is None:
                from vitrail_panels.page import build_page

                return build_page(self.project, self.registry, read_only=self.read_only)
            return self._page(self.project, self.registry)
        except Exception:
            case = secrets.token_hex(4)
            log.exception("the page could not be made, case %s", case)
            from bokeh.models.widgets import PreText

            return PreText(text=f"this page could not be made; the log says why, under {case}")

    def _ticket(self) -> Any:
        return self.project.engine.ticket()

    def _numbered(self, view: View, start: int, stop: int, exact: bool, ticket: Any) -> dict[str, Any]:
        from vitrail_panels.window import numbered

        return numbered(self.project, self.registry, view, start, stop, ticket=ticket)

    def _draw(self, view: View, start: int, stop: int, exact: bool, ticket: Any) -> dict[str, Any]:
        from vitrail_panels.window import draw_window

        project, registry = self.project, self.registry
        return draw_window(project, registry, view, start, stop, ticket=ticket, exact=exact)

    def _guarding(self, origins: Sequence[str], frames: frozenset[str], policy: bool) -> Guard:
        hosts: set[str] = set()
        if is_loopback(self.address):
            hosts = {f"{name}:{self.port}" for name in ("localhost", "127.0.0.1", "[::1]")}
        elif self.address not in EVERYWHERE:
            hosts = {
                f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"
            }
        if hosts:
            hosts |= {origin.partition("://")[2].lower() for origin in origins}
        return Guard(frozenset(hosts), frozenset(origins), frames=frames, policy=policy)


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def free(address: str, port: int) -> None:
    """Make sure that the server could listen there.

    Raises:
        Invalid: it could not; the message says why and what to do.
    """
    _bound(address, port).close()


def _bound(address: str, port: int) -> socket.socket:
    if not 0 <= port < 65536:
        raise Invalid(f"a port is a number from 0 to 65535, got {port}")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listening = socket.create_server((address, port), family=family, backlog=128)
    except OSError as error:
        raise Invalid(_why_not(error, address, port)) from None
    listening.setblocking(False)
    return listening


def _why_not(error: OSError, address: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is in use at {address}; end what listens there, "
            "or choose another with --port (0 picks a free one)"
        )
    if error.errno == errno.EACCES:
        return f"port {port} at {address} is not ours to take; choose one above 1023"
    return f"cannot listen at {address}: {error.strerror or error}"


def _login(users: Path | None, origins: Sequence[str]) -> Login | None:
    if users is None:
        return None
    login = Login(Users(users), secure=any(origin.startswith("https://") for origin in origins))
    if not login.users.names():
        raise Invalid(f"nobody is in {users}; add somebody with `vitrail password USER --users {users}`")
    return login


def _all_plugins() -> Registry:
    from vitrail.registry import Registry

    registry = Registry()
    registry.load_entry_points()
    return registry
