"""What the server lets in, and what its answers let run."""

import base64
import json
import re
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from bokeh.util.token import generate_jwt_token, generate_session_id
from serving import Client, Folder, picture, raw, serving
from tornado.httpclient import HTTPRequest
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

from vitrail_panels.components import Grid
from vitrail_panels.security import Guard, Guarded
from vitrail_panels.serve import Server
from vitrail_panels.users import Users

PASSWORD = "correct horse"


def token_of(page: str) -> str:
    found = re.search(r'"token":"([^"]+)"', page)
    assert found
    return found[1]


def payload_of(token: str) -> dict[str, Any]:
    def bytes_of(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    document = json.loads(bytes_of(token.split(".", maxsplit=1)[0]))
    return {**document, **json.loads(zlib.decompress(bytes_of(document["__bk__zlib_"])))}


def connect(
    server: Server, token: str, origin: str | None = None, cookie: str = ""
) -> bytes | str | None:
    """The first message of the page's websocket; raises what the server answers instead."""
    headers = {"Origin": origin} if origin else {}
    headers |= {"Cookie": cookie} if cookie else {}

    async def go() -> bytes | str | None:
        request = HTTPRequest(server.url.replace("http", "ws") + "ws", headers=headers)
        socket = await websocket_connect(request, subprotocols=["bokeh", token])
        try:
            return await socket.read_message()
        finally:
            socket.close()

    return IOLoop(make_current=False).run_sync(go, timeout=20)


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("login") / "users"
    Users(path).put("ada", PASSWORD)
    return path


# The Content-Security-Policy


def policy_of(server: Server, path: str) -> str:
    return str(Client(server).get(path).headers["Content-Security-Policy"])


def test_the_page_runs_its_own_scripts_alone(tmp_path: Path) -> None:
    with serving(Folder(tmp_path)) as server:
        answer = Client(server).get("/")
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";")
    )
    nonce = policy.pop("script-src").removeprefix("'self' 'nonce-").removesuffix("'")
    assert re.fullmatch(r"[\w-]{24}", nonce)
    assert policy == {
        "default-src": "'self'",
        "connect-src": "'self' blob:",
        "img-src": "'self' data: blob:",
        "style-src": "'self' 'unsafe-inline'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    tags = re.findall(r"<script[^>]*>", answer.text)
    assert tags
    assert [tag for tag in tags if f'nonce="{nonce}"' not in tag] == []


def test_no_two_answers_have_the_same_nonce(tmp_path: Path) -> None:
    with serving(Folder(tmp_path)) as server:
        assert len({policy_of(server, "/") for _ in range(5)}) == 5


def test_what_is_not_the_page_may_do_nothing(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    digest = project.put(picture())
    with serving(project) as server:
        assert policy_of(server, f"/media/{digest}").startswith("sandbox; default-src 'none'")
        assert policy_of(server, "/healthz").startswith("default-src 'none'")
        assert policy_of(server, "/nothing/here").startswith("default-src 'none'")


def test_the_policy_can_be_left_out_to_test_what_stands_without_it(tmp_path: Path) -> None:
    with serving(Folder(tmp_path), content_policy=False) as server:
        answer = Client(server).get("/")
    assert answer.status == 200
    assert "Content-Security-Policy" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/static/js/bokeh.min.js", "/nothing", "/favicon.ico"]
)
def test_every_answer_has_the_headers_that_keep_it_to_itself(tmp_path: Path, path: str) -> None:
    with serving(Folder(tmp_path)) as server:
        headers = Client(server).get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in headers


# Routes


def addresses(server: Server) -> dict[str, str]:
    """An address for every route that there is, by the route's pattern."""
    known = {
        r"/media/([0-9a-f]{64})": "/media/" + "0" * 64,
        r"/?": "/",
        r"/static/(?!extensions/)(.*)": "/static/js/bokeh.min.js",
        r"/static/(.*)": "/static/js/bokeh.min.js",
        r"/static/extensions/(.*)": "/static/extensions/panel/panel.min.js",
        r"/components/(.*)": f"/components/{Grid.__module__}/Grid/_bundle_path/ui/dist/vitrail.bundle.js",
    }
    patterns = [route[0] for route in server.tornado.routes]
    assert [p for p in patterns if p not in known and re.escape(p) != p.replace(".", r"\.")] == []
    return {pattern: known.get(pattern, pattern) for pattern in patterns}


def test_every_route_is_guarded(tmp_path: Path) -> None:
    with serving(Folder(tmp_path)) as server:
        unguarded = [route for route in server.tornado.routes if not issubclass(route[1], Guarded)]
        assert server.tornado.routes
    assert unguarded == []


def test_no_route_answers_without_a_login_where_one_is_asked(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        found = {path: Client(server).get(path).status for path in addresses(server).values()}
        found["/nothing/here"] = Client(server).get("/nothing/here").status
    open_to_all = {"/login": 200, "/logout": 200}
    assert len(found) > 8
    assert found == dict.fromkeys(found, 403) | {"/": 302} | open_to_all


def test_every_route_answers_once_logged_in(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        client = logged_in(server)
        paths = set(addresses(server).values()) - {"/ws"}
        found = {path: client.get(path).status for path in paths}
    assert {path for path, status in found.items() if status == 200} >= {
        *("/", "/healthz", "/static/js/bokeh.min.js", "/static/extensions/panel/panel.min.js"),
        *("/login", "/logout", "/favicon.ico"),
        next(path for path in paths if path.startswith("/components/")),
    }
    assert {path: status for path, status in found.items() if status in {302, 403}} == {}


@pytest.mark.parametrize("path", ["/autoload.js?bokeh-autoload-element=x", "/metadata", "/index"])
def test_what_bokeh_would_hand_to_anybody_is_not_served(tmp_path: Path, path: str) -> None:
    with serving(Folder(tmp_path)) as server:
        assert Client(server).get(path).status == 404


def test_components_import_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vitrail_panels_stranger.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    named = [
        "vitrail_panels_stranger",
        "antigravity",
        "this",
        "os",
        "http.server",
        "..",
        "panel.nowhere",
    ]
    before = set(sys.modules)
    with serving(Folder(tmp_path)) as server:
        answers = {n: Client(server).get(f"/components/{n}/X/css/a.css").status for n in named}
        fresh = {n for n in named if n in set(sys.modules) - before}
    assert answers == dict.fromkeys(named, 404)
    assert fresh == set()


def test_components_lend_only_what_their_packages_list() -> None:
    guard = Guard(packages=frozenset({"json"}))
    assert guard.lends("json.decoder") == ("json.decoder" in sys.modules)
    assert not guard.lends("json.nothing")
    assert not guard.lends("os")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/extensions/panel/../../../etc/passwd",
        "/static//etc/passwd",
        "/media/../users",
        "/media/%2e%2e%2fusers",
        "/components/vitrail_panels.serve/Server/css/../../../etc/passwd",
    ],
)
def test_no_path_leads_out(tmp_path: Path, users: Path, path: str) -> None:
    with serving(Folder(tmp_path)) as server:
        answer = raw(server, path)
    assert answer.status in {400, 403, 404}
    assert b"root:" not in answer.body
    assert b"scrypt$" not in answer.body


@pytest.mark.parametrize(
    "host", ["evil.com", "evil.com:80", "127.0.0.1.evil.com", "localhost:1", "[::1]:9"]
)
def test_a_page_that_has_its_own_name_lead_here_gets_nothing(tmp_path: Path, host: str) -> None:
    with serving(Folder(tmp_path)) as server:
        found = {
            path: Client(server).get(path, Host=host).status for path in ("/", "/healthz", "/api/window")
        }
    assert found == dict.fromkeys(found, 421)


# Sessions and the websocket


def test_the_token_holds_neither_cookies_nor_headers(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        client = logged_in(server)
        token = token_of(client.get("/?where=x", X_Private="of the proxy").text)
        cookies = [cookie.value for cookie in client.jar]
    payload = payload_of(token)
    assert payload["cookies"] == {}
    assert payload["headers"] == {}
    assert cookies
    assert [value for value in cookies if value in json.dumps(payload)] == []
    assert "of the proxy" not in json.dumps(payload)


def test_a_page_opens_its_websocket(tmp_path: Path) -> None:
    with serving(Folder(tmp_path)) as server:
        token = token_of(Client(server).get("/").text)
        assert connect(server, token, origin=server.url.rstrip("/")) is not None


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.com",
        "null",
        "http://127.0.0.1.evil.com",
        "http://localhost.evil.com",
        "file://",
        "*",
    ],
)
def test_a_websocket_from_elsewhere_is_refused(tmp_path: Path, origin: str) -> None:
    with serving(Folder(tmp_path)) as server:
        token = token_of(Client(server).get("/").text)
        for asked in (origin, f"{origin}:{server.port}", f"http://localhost:{server.port}.evil.com"):
            with pytest.raises(Exception, match="403"):
                connect(server, token, origin=asked)


def forged_tokens(page: str) -> list[str]:
    token = token_of(page)
    ours = payload_of(token)["session_id"]
    key = b"another key"
    return [
        generate_jwt_token("a" * 44, secret_key=None, signed=False, extra_payload={"arguments": {}}),
        generate_jwt_token(ours, secret_key=None, signed=False, extra_payload={"arguments": {}}),
        generate_jwt_token(generate_session_id(key, True), key, True, {"arguments": {}}),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token.split(".")[0],
        "nonsense",
        "é",
    ]


@pytest.mark.parametrize("forgery", range(7))
def test_a_forged_session_is_refused(tmp_path: Path, forgery: int) -> None:
    with serving(Folder(tmp_path)) as server:
        token = forged_tokens(Client(server).get("/").text)[forgery]
        with pytest.raises(Exception, match=r"403|encode"):
            connect(server, token)
        assert len(server.tornado.get_sessions("/")) == 1


def test_nobody_joins_a_session_by_its_id(tmp_path: Path) -> None:
    with serving(Folder(tmp_path)) as server:
        client = Client(server)
        token = token_of(client.get("/").text)
        id_ = payload_of(token)["session_id"]
        answers = [
            client.get(f"/?bokeh-session-id={id_}").status,
            client.get("/?bokeh-session-id=chosen").status,
            client.get(f"/?bokeh-token={token}").status,
            client.get("/", Bokeh_Session_Id=id_).status,
        ]
    assert answers == [403, 403, 403, 403]


def test_pages_are_opened_up_to_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vitrail_panels.security.MOST_SESSIONS", 2)
    with serving(Folder(tmp_path)) as server:
        assert [Client(server).get("/").status for _ in range(3)] == [200, 200, 503]
        assert Client(server).get("/healthz").status == 200


def test_a_websocket_without_a_login_is_refused(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        client = logged_in(server)
        token = token_of(client.get("/").text)
        with pytest.raises(Exception, match="403"):
            connect(server, token)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.jar)
        assert connect(server, token, cookie=cookies) is not None


def logged_in(server: Server) -> Client:
    client = Client(server)
    form = client.get("/login").text
    token = re.search(r'name="_xsrf" value="([^"]+)"', form)
    assert token
    answer = client.post("/login", {"_xsrf": token[1], "name": "ada", "password": PASSWORD})
    assert answer.status == 302
    return client
