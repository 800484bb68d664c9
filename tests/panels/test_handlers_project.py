"""Windows of a real project over HTTP: its engine, its registry, its panes."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import numpy as np
import pytest
from serving import Answer, Client, page

import vitrail as vt
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail_panels.rows_handler import RowsHandler
from vitrail_panels.serve import Server

ATTACK = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
# Makes and filters a list of a hundred thousand numbers for each row.
HEAVY = """{$gt: [{$size: {$filter: {input: {$range: [0, 100000]}, as: 'x',
                                   cond: {$lt: [{$add: ['$$x', '$n']}, 1]}}}}, 0]}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("store")
    pixels = np.arange(300 * 200 * 3, dtype="uint32").astype("uint8").reshape(200, 300, 3)
    with vt.init(project="p", job_type="make", store=root) as run:
        table = vt.Table(columns=["n", ATTACK, "picture"])
        for n in range(4000):
            table.add_data(n, ATTACK, vt.Image(pixels, caption=ATTACK) if n == 0 else None)
        artifact = vt.Artifact("rows", "dataset")
        artifact.add(table, "table")
        run.log_artifact(artifact)
    registry = Registry()
    registry.load_entry_points()
    project = Project(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITRAIL_TIME_LIMIT", "3")
        with Server(project, registry, port=0, page=page) as serving:
            yield serving
    project.close()


def window(server: Server, start: int = 0, stop: int = 10, **view: str) -> Answer:
    asked = {"artifact": "rows:latest", "entry": "table", **view, "start": start, "stop": stop}
    return Client(server).get("/api/window?" + urlencode(asked))


def test_a_window_holds_the_rows_that_were_asked_for(server: Server) -> None:
    document = json.loads(window(server, 3990, 4010, sort="-n").body)
    assert document["start"] == 3990
    numbers = [re.sub(r"<[^>]*>", "", row[0]).strip() for row in document["rows"]]
    assert numbers == [str(n) for n in range(9, -1, -1)]


def test_what_a_stranger_wrote_is_escaped(server: Server) -> None:
    text = " ".join(cell for row in json.loads(window(server).body)["rows"] for cell in row)
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text


def test_a_picture_of_a_window_is_sent(server: Server) -> None:
    cell = json.loads(window(server, 0, 1).body)["rows"][0][2]
    found = re.search(r'src="(media/[0-9a-f]{64}[^"]*)"', cell)
    assert found
    answer = Client(server).get("/" + found[1])
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")


def test_a_mistake_in_the_filter_is_told_with_its_place(server: Server) -> None:
    where = "{$gt: ['$m', 1]}"
    answer = window(server, where=where)
    document = json.loads(answer.body)
    assert answer.status == 400
    assert document["error"].startswith("no column 'm'")
    assert "m" in where[slice(*document["span"])]


def test_an_artifact_that_is_not_there_is_told(server: Server) -> None:
    answer = window(server, artifact="cows:latest")
    assert answer.status == 404
    assert "no artifact 'cows'" in json.loads(answer.body)["error"]


def test_questions_are_answered_while_others_run(server: Server) -> None:
    """Sixteen askers at once all get their own rows."""
    with ThreadPoolExecutor(16) as askers:
        answers = list(askers.map(lambda n: window(server, n, n + 1), range(16)))
    numbers = [json.loads(answer.body)["rows"][0][0] for answer in answers]
    assert [re.sub(r"<[^>]*>", "", number).strip() for number in numbers] == [str(n) for n in range(16)]


def test_a_heavy_question_ends_at_its_limit_while_others_are_answered(server: Server) -> None:
    with ThreadPoolExecutor(1) as asker:
        heavy = asker.submit(window, server, where=HEAVY)
        wait_for_a_job(server)
        others = [Client(server).get("/healthz").status, window(server, 5, 6).status]
        ended_first = heavy.done()
        answer = heavy.result()
    assert others == [200, 200]
    assert not ended_first
    assert answer.status == 503
    assert "limit" in json.loads(answer.body)["error"]


def test_hanging_up_ends_the_question_in_the_engine(server: Server) -> None:
    asked = urlencode(
        {"artifact": "rows:latest", "entry": "table", "where": HEAVY + " ", "start": 0, "stop": 9}
    )
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(
            f"GET /api/window?{asked} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
        )
        wait_for_a_job(server)
    for _ in range(2000):
        if not server.questions.waiting:
            break
        threading.Event().wait(0.01)
    assert server.questions.waiting == 0
    assert server.questions.withdrawn == 1


def wait_for_a_job(server: Server) -> None:
    """Until a question is with the server's threads."""
    for _ in range(2000):
        if server.questions.waiting:
            return
        threading.Event().wait(0.01)
    raise AssertionError("no question came")


def taken(server: Server, **asked: str) -> Answer:
    view = {"artifact": "rows:v0", "entry": "table", **asked}
    return Client(server).get("/api/rows?" + urlencode(view))


def test_rows_are_taken_away_as_a_file(server: Server) -> None:
    answer = taken(server, format="csv", sort="-n", hide="picture")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''rows-v0%20table.csv"
    assert "no-store" in answer.headers["Cache-Control"]
    lines = answer.text.splitlines()
    assert len(lines) == 4001
    assert lines[1].startswith("3999,")
    picked = taken(server, format="jsonl", rows="5-6,2", only="n", sort="-n")
    assert [json.loads(line) for line in picked.text.splitlines()] == [{"n": 6}, {"n": 5}, {"n": 2}]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"format": "xml"}, "rows are written as csv, tsv, jsonl, parquet, not as 'xml'"),
        ({"format": "csv", "rows": "1-x"}, "rows are written as 0-4,9"),
        ({"format": "csv", "rows": "0-9999"}, "up to 2,000 rows can be picked"),
        ({"format": "csv", "only": "m"}, "no column 'm' is shown"),
        ({"format": "csv", "where": "{$gt: ['$m', 1]}"}, "no column 'm'"),
    ],
)
def test_a_file_that_cannot_be_is_an_error_that_says_why(
    server: Server, asked: dict[str, str], said: str
) -> None:
    answer = taken(server, **asked)
    assert answer.status == 400
    assert said in json.loads(answer.body)["error"]


def test_numbers_of_rows_are_answered_like_windows(server: Server) -> None:
    asked = {"artifact": "rows:v0", "entry": "table", "sort": "-n", "start": 1, "stop": 3}
    answer = Client(server).get("/api/numbers?" + urlencode(asked))
    assert json.loads(answer.body) == {"start": 1, "rows": [[3998], [3997]]}


def test_a_file_is_written_no_further_once_its_reader_has_left(server: Server) -> None:
    """Every row of the file takes long to work out; the reader leaves after the first ones."""
    derived = 'add="slow" ' + HEAVY
    query = urlencode({"artifact": "rows:v0", "entry": "table", "format": "jsonl"})
    query += "&" + urlencode({"add": derived.removeprefix("add=")})
    with socket.create_connection(("127.0.0.1", server.port)) as leaving:
        head = f"GET /api/rows?{query} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n"
        leaving.sendall(head.encode())
        deadline = time.monotonic() + 20
        while not RowsHandler.under_way and time.monotonic() < deadline:
            time.sleep(0.01)
        assert RowsHandler.under_way == 1
    while RowsHandler.under_way and time.monotonic() < deadline:
        time.sleep(0.01)
    assert RowsHandler.under_way == 0
