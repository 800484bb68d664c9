"""Questions that would take too long or too much end with a reason, and others are answered meanwhile."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from serving import Answer, Client, page

import vitrail as vt
from vitrail.query.duck import DuckEngine
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail_panels.serve import Server

ROWS = 3000
# A list of a hundred thousand numbers for each row, all held at once.
LARGE = "{$gt: [{$size: {$setUnion: [{$range: ['$n', {$add: ['$n', 99999]}]}, {$range: [0, 5]}]}}, 5]}"
# Makes a long text of each row, and looks through it with an expression that has many ways to fail.
SLOW = """{$regexMatch: {regex: '(.*)*(.*)*(x+x+)+y',
    input: {$reduce: {input: {$range: [0, 10000]}, initialValue: '',
                      in: {$concat: ['$$value', '$text']}}}}}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("store")
    with vt.init(project="p", store=root) as run:
        artifact = vt.Artifact("rows", "dataset")
        artifact.add(vt.Table(["n", "text"], [[n, f"text number {n}"] for n in range(ROWS)]), "table")
        run.log_artifact(artifact)
    registry = Registry()
    registry.load_entry_points()
    project = Project(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITRAIL_TIME_LIMIT", "3")
        with Server(project, registry, port=0, page=page) as serving:
            yield serving
    project.close()


def window(server: Server, where: str = "", start: int = 0) -> Answer:
    view = {"artifact": "rows:latest", "entry": "table", "where": where}
    return Client(server).get("/api/window?" + urlencode(view | {"start": start, "stop": start + 5}))


def error(answer: Answer) -> str:
    return str(json.loads(answer.body)["error"])


def test_a_range_written_too_long_is_refused_where_it_stands(server: Server) -> None:
    where = "{$gt: [{$size: {$range: [0, 1000000000]}}, '$n']}"
    answer = window(server, where)
    assert answer.status == 400
    assert "$range makes at most 100,000 items, got 1,000,000,000" in error(answer)
    assert where[slice(*json.loads(answer.body)["span"])] == "1000000000"


@pytest.mark.parametrize("stop", ["{$add: ['$n', 1000000000]}", "{$multiply: ['$n', 1000000000]}"])
def test_a_range_that_grows_too_long_on_the_way_ends_with_a_reason(server: Server, stop: str) -> None:
    answer = window(server, f"{{$gt: [{{$size: {{$range: [0, {stop}]}}}}, 5]}}")
    assert answer.status == 503
    assert error(answer) == "$range makes more than 100,000 items"
    assert window(server).status == 200


def test_a_question_that_takes_too_much_memory_ends_with_a_reason(server: Server) -> None:
    answer = window(server, LARGE)
    assert answer.status == 503
    assert re.search(r"more memory than its limit|ran past its limit", error(answer))
    assert window(server, start=7).status == 200


def test_other_windows_are_answered_before_a_slow_one_ends(server: Server) -> None:
    engine = server.project.engine
    assert isinstance(engine, DuckEngine)
    with ThreadPoolExecutor(1) as asker:
        slow = asker.submit(window, server, SLOW)
        while not engine.at_work and not slow.done():
            threading.Event().wait(0.01)
        others = [window(server, f"{{$gte: ['$n', {n}]}}").status for n in range(5)]
        came_before = not slow.done()
        answer = slow.result()
    assert others == [200] * 5
    assert came_before
    assert answer.status == 503
    assert error(answer).startswith("the question ran past its limit of 3 s; VITRAIL_TIME_LIMIT")
