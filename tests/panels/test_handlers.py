"""Windows, pictures and the sign of life over HTTP."""

import io
import json
import threading
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from serving import Client, Folder, picture, raw, serving

from vitrail.errors import Cancelled, LimitExceeded, NotFound, QueryError, Span
from vitrail.view import View
from vitrail_panels.serve import Server
from vitrail_panels.thumbnails import rounded, sniffed

ASKED = "/api/window?artifact=a%3Av0&entry=t&where=x&start=10&stop=20"


def drawing(server: Server, draw: Any) -> Server:
    """The server, with windows drawn by a function of the test."""
    server.questions._draw = draw
    return server


# Windows


def test_a_window_is_drawn_for_the_view_in_the_address(tmp_path: Path) -> None:
    def draw(view: View, start: int, stop: int, exact: bool, ticket: object) -> dict[str, Any]:
        assert view.source
        return {"start": start, "rows": [[view.source.artifact, view.where, stop]]}

    with serving(Folder(tmp_path)) as server:
        answer = Client(drawing(server, draw)).get(ASKED)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.body) == {"start": 10, "rows": [["a:v0", "x", 20]]}


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ("start=0", "stop is a row counted from 0, got ''"),
        ("start=-1&stop=5", "start is a row counted from 0, got '-1'"),
        ("start=0&stop=%D9%A3", "stop is a row counted from 0, got '٣'"),
        ("start=0&stop=1e9", "stop is a row counted from 0, got '1e9'"),
        ("start=5&stop=4", "a window has up to 500 rows, asked for [5, 4)"),
        ("start=0&stop=501", "a window has up to 500 rows, asked for [0, 501)"),
        ("start=9999999999999990&stop=9999999999999991", "a window has up to 500 rows, asked for"),
        ("start=0&stop=" + "9" * 5000, "stop is a row counted from 0"),
    ],
)
def test_a_window_has_bounds(tmp_path: Path, bounds: str, message: str) -> None:
    with serving(Folder(tmp_path)) as server:
        answer = Client(server).get(f"/api/window?{bounds}")
    assert answer.status == 400
    assert json.loads(answer.body)["error"].startswith(message)


@pytest.mark.parametrize(
    ("error", "status", "document"),
    [
        (NotFound("no artifact 'b'"), 404, {"error": "no artifact 'b'"}),
        (QueryError("no column 'q'", span=Span(3, 4)), 400, {"error": "no column 'q'", "span": [3, 4]}),
        (LimitExceeded("ran longer than 10 s"), 503, {"error": "ran longer than 10 s"}),
    ],
)
def test_an_error_of_ours_is_told_in_full(
    tmp_path: Path, error: Exception, status: int, document: dict[str, Any]
) -> None:
    def draw(*_: object) -> dict[str, Any]:
        raise error

    with serving(Folder(tmp_path)) as server:
        answer = Client(drawing(server, draw)).get(ASKED)
    assert (answer.status, json.loads(answer.body)) == (status, document)


def test_of_any_other_error_only_the_log_knows_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def draw(*_: object) -> dict[str, Any]:
        raise RuntimeError("/home/ada/secret")

    with serving(Folder(tmp_path)) as server:
        answer = Client(drawing(server, draw)).get(ASKED)
    assert answer.status == 500
    case = json.loads(answer.body)["error"].rpartition(" ")[2]
    assert "secret" not in answer.text
    assert f"failure {case}" in caplog.text
    assert "/home/ada/secret" in caplog.text


def test_an_address_that_holds_no_view_is_told_so(tmp_path: Path) -> None:
    with serving(Folder(tmp_path)) as server:
        answer = Client(server).get("/api/window?show=nonsense&start=0&stop=1")
    assert answer.status == 400
    assert "the address does not hold a view" in json.loads(answer.body)["error"]


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_while_every_question_is_slow_the_server_still_answers(
    tmp_path: Path, release: threading.Event
) -> None:
    begun = threading.Semaphore(0)

    def draw(*_: object) -> dict[str, Any]:
        begun.release()
        release.wait()
        return {}

    digest = (project := Folder(tmp_path)).put(picture())
    with serving(project) as server, ThreadPoolExecutor(12) as askers:
        drawing(server, draw)
        asked = [askers.submit(Client(server).get, ASKED) for _ in range(12)]
        for _ in range(8):  # every thread there is holds a question that does not end
            assert begun.acquire(timeout=30)
        answers = [
            Client(server).get(path).status for path in ("/healthz", "/", f"/media/{digest}?w=64")
        ]
        none_ended = not any(each.done() for each in asked)
        release.set()
        statuses = [each.result().status for each in asked]
    assert answers == [200, 200, 200]
    assert none_ended
    assert statuses == [200] * 12


def test_whoever_hangs_up_withdraws_the_question(tmp_path: Path, release: threading.Event) -> None:
    import socket

    begun = threading.Event()
    withdrawn = threading.Event()

    def draw(view: View, start: int, stop: int, exact: bool, ticket: Any) -> dict[str, Any]:
        begun.set()
        while not ticket.cancelled:
            if release.wait(0.01):
                return {}
        withdrawn.set()
        raise Cancelled("withdrawn")

    with serving(Folder(tmp_path)) as server:
        drawing(server, draw)
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            line.sendall(f"GET {ASKED} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
            assert begun.wait(30)
        assert withdrawn.wait(30)
        assert Client(server).get("/healthz").status == 200


def test_more_questions_than_fit_are_sent_away(
    tmp_path: Path, release: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vitrail_panels.handlers.MOST_WAITING", 2)
    begun = threading.Semaphore(0)

    def draw(*_: object) -> dict[str, Any]:
        begun.release()
        release.wait()
        return {}

    with serving(Folder(tmp_path)) as server, ThreadPoolExecutor(2) as askers:
        drawing(server, draw)
        asked = [askers.submit(Client(server).get, ASKED) for _ in range(2)]
        for _ in asked:
            assert begun.acquire(timeout=30)
        turned_away = Client(server).get(ASKED)
        release.set()
        assert [each.result().status for each in asked] == [200, 200]
    assert turned_away.status == 503
    assert turned_away.headers["Retry-After"] == "1"


# Pictures


def test_a_picture_is_sent_as_it_is_stored(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    content = picture()
    digest = project.put(content)
    with serving(project) as server:
        answer = Client(server).get(f"/media/{digest}")
    assert (answer.status, answer.body) == (200, content)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


@pytest.mark.parametrize(("format_", "type_"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_thumbnail_is_as_wide_as_asked_at_most(tmp_path: Path, format_: str, type_: str) -> None:
    project = Folder(tmp_path)
    digest = project.put(picture(300, 200, format_))
    with serving(project) as server:
        answer = Client(server).get(f"/media/{digest}?w=100")
    assert answer.headers["Content-Type"] == type_
    made = Image.open(io.BytesIO(answer.body))
    assert (made.size, made.format) == ((96, 64), format_)


def test_a_thumbnail_wider_than_its_picture_is_the_picture(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    content = picture(100, 80, "GIF")
    digest = project.put(content)
    with serving(project) as server:
        answer = Client(server).get(f"/media/{digest}?w=2048")
    assert (answer.body, answer.headers["Content-Type"]) == (content, "image/gif")


def test_a_picture_that_the_browser_has_is_not_sent_again(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    digest = project.put(picture())
    with serving(project) as server:
        client = Client(server)
        for path in (f"/media/{digest}", f"/media/{digest}?w=64"):
            tag = client.get(path).headers["Etag"]
            again = client.get(path, If_None_Match=tag)
            assert (again.status, again.body, again.headers["Etag"]) == (304, b"", tag)
            assert client.get(path, If_None_Match='"another"').status == 200


def test_a_thumbnail_is_made_once_however_many_ask(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    digest = project.put(picture(3000, 2000))
    with serving(project) as server, ThreadPoolExecutor(8) as askers:
        answers = list(
            askers.map(lambda _: Client(server).get(f"/media/{digest}?w=128").body, range(16))
        )
        made = server.thumbnails.made
    with serving(project) as later:
        assert Client(later).get(f"/media/{digest}?w=128").body == answers[0]
        assert later.thumbnails.made == 0
    assert made == 1
    assert len(set(answers)) == 1


def test_a_thumbnail_stands_as_the_browser_shows_the_picture(tmp_path: Path) -> None:
    into = io.BytesIO()
    lying = Image.new("RGB", (300, 200))
    exif = lying.getexif()
    exif[0x0112] = 6  # a camera held upright
    lying.save(into, "JPEG", exif=exif)
    project = Folder(tmp_path)
    digest = project.put(into.getvalue())
    with serving(project) as server:
        answer = Client(server).get(f"/media/{digest}?w=96")
    assert Image.open(io.BytesIO(answer.body)).size == (96, 144)


def test_a_sound_is_given_whole_and_in_the_parts_that_a_player_asks_for(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    into = io.BytesIO()
    with wave.open(into, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(range(200)))
    sound = into.getvalue()
    digest = project.put(sound)
    with serving(project) as server:
        ask = Client(server).get
        whole = ask(f"/media/{digest}")
        assert (whole.status, whole.headers["Content-Type"], whole.body) == (200, "audio/wav", sound)
        assert whole.headers["Accept-Ranges"] == "bytes"
        assert whole.headers["Content-Security-Policy"].startswith("sandbox")
        part = ask(f"/media/{digest}", Range="bytes=44-")
        assert (part.status, part.body) == (206, sound[44:])
        assert part.headers["Content-Range"] == f"bytes 44-{len(sound) - 1}/{len(sound)}"
        assert ask(f"/media/{digest}", Range="bytes=4-7").body == sound[4:8]
        beyond = ask(f"/media/{digest}", Range="bytes=9999-")
        assert (beyond.status, beyond.body) == (416, b"")
        assert ask(f"/media/{digest}", Range="lines=1-2").body == sound
        assert ask(f"/media/{digest}?w=64").status == 400


@pytest.mark.parametrize(
    "path", ["/media/" + "0" * 64, "/media/" + "A" * 64, "/media/0", "/media/", "/media/x"]
)
def test_what_the_store_does_not_hold_is_not_found(tmp_path: Path, path: str) -> None:
    with serving(Folder(tmp_path)) as server:
        answer = Client(server).get(path)
    assert answer.status == 404
    assert "max-age" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"PAR1 a table",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"",
    ],
)
@pytest.mark.parametrize("width", ["", "?w=64"])
def test_only_pictures_are_sent(tmp_path: Path, content: bytes, width: str) -> None:
    project = Folder(tmp_path)
    digest = project.put(content)
    with serving(project) as server:
        answer = Client(server).get(f"/media/{digest}{width}")
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("application/json")
    assert "only pictures " in json.loads(answer.body)["error"]


def test_a_page_that_calls_itself_a_picture_is_sent_as_one(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    digest = project.put(b"GIF89a<script>alert(1)</script>")
    with serving(project) as server:
        answer = Client(server).get(f"/media/{digest}")
    assert answer.headers["Content-Type"] == "image/gif"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")


def huge(width: int, height: int) -> bytes:
    into = io.BytesIO()
    Image.new("1", (width, height)).save(into, "PNG")
    return into.getvalue()


@pytest.mark.parametrize(("width", "height"), [(8001, 8000), (10_000, 9_000), (15_000, 14_000)])
def test_a_picture_with_too_many_pixels_is_not_opened(tmp_path: Path, width: int, height: int) -> None:
    project = Folder(tmp_path)
    digest = project.put(huge(width, height))
    with serving(project) as server:
        answer = Client(server).get(f"/media/{digest}?w=64")
    assert answer.status == 400
    assert "pixels" in json.loads(answer.body)["error"]


def test_a_broken_picture_is_told_so_and_stops_nothing(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    whole = picture()
    digests = [project.put(whole[:length]) for length in (12, 30, 60, len(whole) // 2)]
    with serving(project) as server:
        answers = [Client(server).get(f"/media/{digest}?w=64") for digest in digests]
        assert Client(server).get("/healthz").status == 200
    assert [answer.status for answer in answers] == [400] * 4
    assert all("cannot be read" in json.loads(answer.body)["error"] for answer in answers)


def test_a_damaged_blob_is_not_sent_and_its_place_not_told(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    digest = project.put(picture())
    project.blobs.file(digest).write_bytes(picture(color="red"))
    with serving(project) as server:
        for width in ("", "?w=64"):
            answer = Client(server).get(f"/media/{digest}{width}")
            assert answer.status == 500
            assert str(tmp_path) not in answer.text


@pytest.mark.parametrize("width", ["0", "-1", "1e3", "a", "999999", "%D9%A3"])
def test_a_width_is_a_number_of_pixels(tmp_path: Path, width: str) -> None:
    project = Folder(tmp_path)
    digest = project.put(picture())
    with serving(project) as server:
        assert raw(server, f"/media/{digest}?w={width}").status == 400


def test_widths_come_in_a_bounded_number_of_steps() -> None:
    widths = {rounded(width) for width in range(1, 100_000)}
    assert (min(widths), max(widths), len(widths)) == (16, 2048, 128)
    assert [w for w in range(16, 2049) if not w - 16 < rounded(w) <= w] == []


def test_formats_are_told_by_their_first_bytes() -> None:
    for format_ in ("PNG", "JPEG", "GIF", "WEBP"):
        assert sniffed(picture(format_=format_)[:12]) == format_
    assert sniffed(b"BM" + bytes(10)) is None
    heads = {"WAVE": b"RIFF\0\0\0\0WAVE", "FLAC": b"fLaC", "OGG": b"OggS", "MP3": b"ID3\4"}
    assert {sniffed(head): head for head in heads.values()} == heads
    assert sniffed(b"RIFF\0\0\0\0AVI ") is None


def test_thumbnails_fill_no_disk(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    digests = [project.put(picture(200 + n, 200)) for n in range(20)]
    with serving(project) as server:
        sizes = [len(Client(server).get(f"/media/{digest}?w=64").body) for digest in digests]
        server.thumbnails.most_bytes = 5 * max(sizes)
        for digest in digests:
            Client(server).get(f"/media/{digest}?w=80")
    kept = list((tmp_path / "cache" / "thumbnails").glob("??/*"))
    assert 0 < sum(path.stat().st_size for path in kept) <= 6 * max(sizes)
    assert kept[0].name.endswith("-80")


def test_a_disk_that_takes_nothing_costs_no_answer(tmp_path: Path) -> None:
    project = Folder(tmp_path)
    digest = project.put(picture())
    (tmp_path / "cache").write_text("a file where the folder would be")
    with serving(project) as server:
        assert Client(server).get(f"/media/{digest}?w=64").status == 200
