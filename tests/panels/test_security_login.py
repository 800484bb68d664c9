"""Logging in: by name and password, at a pace that guessing does not survive."""

import re
import stat
from pathlib import Path
from shutil import copy2

import pytest
from serving import Answer, Client, Folder, serving

from vitrail.errors import Invalid
from vitrail_panels.attempts import Attempts
from vitrail_panels.login import Login
from vitrail_panels.serve import Server
from vitrail_panels.users import Users

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("login") / "users"
    Users(path).put("ada", PASSWORD)
    return path


@pytest.fixture
def users(tmp_path: Path, written: Path) -> Path:
    return Path(copy2(written, tmp_path / "users"))


def log_in(client: Client, name: str = "ada", password: str = PASSWORD, path: str = "/login") -> Answer:
    token = re.search(r'name="_xsrf" value="([^"]+)"', client.get(path).text)
    assert token
    return client.post(path, {"_xsrf": token[1], "name": name, "password": password})


def eager(server: Server, most: int = 8) -> Server:
    """The server, holding nobody back between attempts."""
    assert server.login
    server.login.attempts = Attempts(most=most, wait_s=0)
    return server


# The way in


def test_the_page_leads_to_the_login_and_back_to_the_view(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        client = Client(server)
        away = client.get("/?artifact=a%3Av0&where=%7B%7D")
        form = client.get("/" + away.headers["Location"])
        assert 'value="artifact=a%3Av0&amp;where=%7B%7D"' in form.text
        back = log_in(client, path="/" + away.headers["Location"])
        assert (back.status, back.headers["Location"]) == (302, "./?artifact=a%3Av0&where=%7B%7D")
        assert client.get("/").status == 200


def test_the_login_page_asks_nothing_of_others(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        text = Client(server).get("/login").text
    assert re.findall(r"(?:src|href|url\()\S+|<script", text) == []


@pytest.mark.parametrize(
    "view",
    [
        *("https://evil.com", "//evil.com", "/\\evil.com", "javascript:alert(1)", "../../x", "\\\\evil"),
        *("a=1\r\nLocation: https://evil.com", '"><script>alert(1)</script>', "@evil.com", "\x00"),
    ],
)
def test_the_login_leads_nowhere_else(tmp_path: Path, users: Path, view: str) -> None:
    from urllib.parse import urlencode

    path = "/login?" + urlencode({"view": view, "next": view})
    with serving(Folder(tmp_path), users=users) as server:
        client = Client(server)
        assert "<script>" not in client.get(path).text
        answer = log_in(client, path=path)
    assert answer.status == 302
    assert re.fullmatch(r"\./\?[\w%=&+.*-]*", answer.headers["Location"])
    assert answer.headers.get_all("Location") == [answer.headers["Location"]]


def test_a_form_without_our_token_is_refused(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        client = Client(server)
        client.get("/login")
        assert client.post("/login", {"name": "ada", "password": PASSWORD}).status == 403
        assert Client(server).post("/logout", {}).status == 403


def test_logging_out_forgets_who_was_in(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        client = Client(server)
        log_in(client)
        token = re.search(r'name="_xsrf" value="([^"]+)"', client.get("/logout").text)
        assert token
        assert client.post("/logout", {"_xsrf": token[1]}).status == 302
        assert client.get("/").status == 302


# Cookies


@pytest.mark.parametrize("origin", [None, "https://vitrail.example.org"])
def test_cookies_stay_with_the_browser_and_the_site(
    tmp_path: Path, users: Path, origin: str | None
) -> None:
    with serving(Folder(tmp_path), users=users, origins=[origin] if origin else []) as server:
        form = Client(server).get("/login")
        token = re.search(r'name="_xsrf" value="([^"]+)"', form.text)
        xsrf = form.headers["Set-Cookie"]
        assert token
        entered = Client(server).post(
            "/login",
            {"_xsrf": token[1], "name": "ada", "password": PASSWORD},
            Cookie=xsrf.split(";")[0],
        )
    assert entered.status == 302
    for cookie in (xsrf, entered.headers["Set-Cookie"]):
        flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= flags
        assert ("secure" in flags) == (origin is not None)
    assert entered.headers["Set-Cookie"].startswith("__Host-vitrail=" if origin else "vitrail=")


def test_a_new_password_ends_what_the_old_one_opened(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        client = Client(server)
        log_in(client)
        assert client.get("/healthz").status == 200
        Users(users).put("ada", "another password")
        assert client.get("/healthz").status == 403


def test_a_made_up_cookie_opens_nothing(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        for cookie in ("ada", "2|1:0|10:1|7:vitrail|4:YWRh|" + "0" * 64, "x:ada"):
            assert Client(server).get("/healthz", Cookie=f"vitrail={cookie}").status == 403


# Guessing


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        eager(server)
        answers = [log_in(Client(server), *guess) for guess in (("ada", "wrong"), ("eve", PASSWORD))]
    assert [answer.status for answer in answers] == [401, 401]
    alerts = {re.findall(r"role=.alert.>([^<]+)", answer.text)[0] for answer in answers}
    assert alerts == {"no user has this name and password"}


def test_too_many_guesses_lock_even_the_right_one_out(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        eager(server, most=3)
        guesses = [log_in(Client(server), password="wrong").status for _ in range(3)]
        right = log_in(Client(server))
    assert guesses == [401, 401, 401]
    assert right.status == 429
    assert int(right.headers["Retry-After"]) > 200


def test_guessing_from_one_address_by_many_names_is_locked_out_too(tmp_path: Path, users: Path) -> None:
    with serving(Folder(tmp_path), users=users) as server:
        eager(server, most=3)
        for name in ("bob", "eve", "mallory"):
            log_in(Client(server), name)
        assert log_in(Client(server)).status == 429


def test_each_attempt_waits_twice_as_long_until_the_lock() -> None:
    now = [0.0]
    attempts = Attempts(most=4, lock_s=100, wait_s=1, clock=lambda: now[0])
    assert [attempts.begin(["ada"]) for _ in range(4)] == [0, 1, 2, 4]
    assert attempts.locked_s(["ada"]) == 100
    assert attempts.locked_s(["ada", "bob"]) == 100
    assert attempts.locked_s(["bob"]) == 0
    now[0] = 99.5
    assert attempts.locked_s(["ada"]) == 1
    now[0] = 100
    assert attempts.locked_s(["ada"]) == 0
    assert attempts.begin(["ada"]) == 0


def test_a_right_password_forgets_the_wrong_ones() -> None:
    attempts = Attempts(most=2)
    attempts.begin(["ada"])
    attempts.begin(["ada"])
    attempts.forget(["ada"])
    assert attempts.locked_s(["ada"]) == 0


def test_made_up_names_fill_no_memory() -> None:
    attempts = Attempts()
    for number in range(10_050):
        attempts.begin([f"name {number}"])
    assert attempts.begin(["name 10049"]) > 0
    assert attempts.begin(["name 0"]) == 0


# The file


def test_the_file_holds_no_password_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "users"
    Users(path).put("ada", PASSWORD)
    Users(path).put("bob", PASSWORD)
    text = path.read_text()
    assert PASSWORD not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first, second = (line.split("$")[4:] for line in text.splitlines())
    assert first != second
    assert list(path.parent.iterdir()) == [path]


def test_a_password_is_known_to_the_letter(tmp_path: Path) -> None:
    users = Users(tmp_path / "users")
    users.put("ada", "pässwörd ☃")
    assert users.check("ada", "pässwörd ☃")
    assert not users.check("ada", "pässwörd ☃ ")
    assert not users.check("eve", "pässwörd ☃")
    assert not users.check("", "")


@pytest.mark.parametrize("name", ["", "a:b", "a\nb", " a", "a" * 101, "\x00"])
def test_a_name_that_cannot_stand_in_the_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid, match="a user's name"):
        Users(tmp_path / "users").put(name, PASSWORD)
    assert list(tmp_path.iterdir()) == []


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="at least 8 letters, got 7"):
        Users(tmp_path / "users").put("ada", "1234567")


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("\nada:secret\n")
    with pytest.raises(Invalid, match=r"line 2 of .* is not"):
        Login(Users(tmp_path / "users")).users.names()
