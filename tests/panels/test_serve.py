"""The server as it starts, listens and stops."""

import socket
from pathlib import Path

import pytest
from serving import Client, Folder, page, serving

from vitrail.errors import Invalid, NotFound
from vitrail.registry import Registry
from vitrail_panels.serve import Server, is_loopback


def test_a_served_project_answers_at_its_address(tmp_path: Path) -> None:
    with serving(Folder(tmp_path)) as server:
        answer = Client(server).get("/")
    assert answer.status == 200
    assert "<title>Vitrail</title>" in answer.text


def test_a_stopped_server_lets_its_port_go(tmp_path: Path) -> None:
    with serving(Folder(tmp_path)) as server:
        port = server.port
    with Server(Folder(tmp_path), Registry(), port=port, page=page) as again:
        assert Client(again).get("/healthz").status == 200


def test_a_port_in_use_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Invalid, match=f"port {port} is in use at 127.0.0.1; .*--port"):
            Server(Folder(tmp_path), Registry(), port=port, page=page)


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_port_is_a_number_that_ports_have(tmp_path: Path, port: int) -> None:
    with pytest.raises(Invalid, match="from 0 to 65535"):
        Server(Folder(tmp_path), Registry(), port=port, page=page)


@pytest.mark.parametrize(
    "address", ["0.0.0.0", "::", "", "192.0.2.1", "example.org", "127.0.0.1.evil.com"]
)
def test_another_address_without_a_login_is_refused_with_what_to_do(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(Invalid, match=r"vitrail password USER --users FILE.*--users FILE"):
        Server(Folder(tmp_path), Registry(), port=0, address=address, page=page)


def test_loopback_is_the_machine_itself() -> None:
    assert [a for a in ("127.0.0.1", "127.9.9.9", "::1", "localhost") if not is_loopback(a)] == []
    assert [a for a in ("0.0.0.0", "::", "", "10.0.0.1", "localhost.evil.com") if is_loopback(a)] == []


def test_an_address_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    users = tmp_path / "users"
    from vitrail_panels.users import Users

    Users(users).put("ada", "a long password")
    with pytest.raises(Invalid, match="cannot listen at"):
        Server(Folder(tmp_path), Registry(), port=0, address="192.0.2.1", users=users, page=page)


def test_a_missing_or_empty_file_of_users_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="vitrail password USER"):
        Server(Folder(tmp_path), Registry(), port=0, users=tmp_path / "none", page=page)
    (tmp_path / "empty").write_text("")
    with pytest.raises(Invalid, match="nobody is in"):
        Server(Folder(tmp_path), Registry(), port=0, users=tmp_path / "empty", page=page)


@pytest.mark.parametrize("origin", ["vitrail.example.org", "https://a/b", "*", "https://*", "https://"])
def test_an_origin_is_one(tmp_path: Path, origin: str) -> None:
    with pytest.raises(Invalid, match="an origin is written as"):
        Server(Folder(tmp_path), Registry(), port=0, origins=[origin], page=page)


def test_behind_a_proxy_the_page_goes_by_that_name_too(tmp_path: Path) -> None:
    with serving(Folder(tmp_path), origins=["https://vitrail.example.org"]) as server:
        assert Client(server).get("/healthz", Host="vitrail.example.org").status == 200
        assert Client(server).get("/healthz", Host="other.example.org").status == 421


def test_a_page_that_cannot_be_made_says_where_to_look(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(project: object, registry: object) -> object:
        raise RuntimeError("the secret detail")

    with serving(Folder(tmp_path), page=broken) as server:
        answer = Client(server).get("/")
    assert answer.status == 200
    assert "secret detail" not in answer.text
    assert "the secret detail" in caplog.text
    assert "the page could not be made, case" in caplog.text


def test_every_script_and_style_of_the_page_is_ours(tmp_path: Path) -> None:
    with serving(Folder(tmp_path)) as server:
        text = Client(server).get("/").text
    assert "static/js/bokeh" in text
    assert "https://" not in text
    assert "cdn." not in text
