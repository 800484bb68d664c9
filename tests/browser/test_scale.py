"""A table of a million rows in a served page: what is asked, what is sent, and in which order."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest

import vitrail as vt
from vitrail.query.pool import Pool
from vitrail.store.project import Project
from vitrail.view import Source, View
from vitrail_panels.serve import Server

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.table import NARROW, batches

pytestmark = pytest.mark.browser

ROWS = 1_000_000
MOST_BYTES = 100_000
SEEN_AT_ONCE = 500  # rows, at most, in one window


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("store")
    names = [name for name, _ in NARROW.columns or ()]
    table = pa.concat_tables(list(batches(NARROW, 0, ROWS, seed=0))).rename_columns(names)
    with vt.init(project="scale", store=folder) as run:
        artifact = vt.Artifact("many", type="dataset")
        artifact.add(vt.Table.from_arrow(table), "rows")
        run.log_artifact(artifact)
    return folder


@dataclass
class Asked:
    """The questions that reached the engine's workers, as (kind, whether it began or ended)."""

    events: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    found, ask = Asked(), Pool.ask

    def noted(pool: Pool, question: Any, *rest: Any) -> bytes:
        found.events.append((question.kind, "begins"))
        try:
            return ask(pool, question, *rest)
        finally:
            found.events.append((question.kind, "ends"))

    monkeypatch.setattr(Pool, "ask", noted)
    return found


@pytest.fixture
def server(store: Path, asked: Asked) -> Iterator[Server]:
    """A server that knows no answers yet."""
    shutil.rmtree(store / "cache", ignore_errors=True)
    project = Project(store)
    with Server(project) as server:
        yield server
    project.close()


@pytest.fixture
def windows(page: Any) -> list[Any]:
    """The answers to requests for windows."""
    found: list[Any] = []
    page.on("response", lambda answer: "/api/window" in answer.url and found.append(answer))
    return found


def opened(page: Any, server: Server) -> None:
    view = View(source=Source(artifact="many:v0", entry="rows"))
    page.goto(f"{server.url}?{view.to_query()}")
    cell(page, 0).wait_for()


def cell(page: Any, row: int) -> Any:
    return page.locator(".row .gutter + .cell").filter(has_text=re.compile(rf"^{row:,}$")).first


def test_a_million_rows_open_and_scroll_to_the_end_by_windows_alone(
    page: Any, server: Server, windows: list[Any]
) -> None:
    opened(page, server)
    page.get_by_role("grid", name="table").focus()
    for place in (0.25, 0.5, 0.75):
        page.locator(".box").evaluate(
            "(box, place) => { box.scrollTop = place * (box.scrollHeight - box.clientHeight) }", place
        )
        page.locator(".row:not([hidden]):not(.loading)").first.wait_for()
        page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+End")
    cell(page, ROWS - 1).wait_for()
    ranges = []
    for answer in windows:
        query = parse_qs(urlsplit(answer.url).query)
        ranges.append((int(query["start"][0]), int(query["stop"][0])))
        assert answer.ok
        assert len(answer.body()) < MOST_BYTES
    assert min(start for start, _ in ranges) == 0
    assert max(stop for _, stop in ranges) >= ROWS
    assert all(stop - start <= SEEN_AT_ONCE for start, stop in ranges)
    assert sum(stop - start for start, stop in ranges) < ROWS / 100


def test_the_first_rows_are_answered_before_anything_is_asked_over_all_rows(
    page: Any, server: Server, asked: Asked, until: Any
) -> None:
    opened(page, server)
    until(lambda: ("reduce", "ends") in asked.events)
    first_rows = asked.events.index(("window", "ends"))
    over_all_rows = [
        place
        for place, (kind, _) in enumerate(asked.events)
        if kind in {"range", "categories", "reduce", "points"}
    ]
    assert over_all_rows
    assert first_rows < min(over_all_rows)


def test_a_filter_that_asks_for_too_much_is_told_and_another_page_is_shown(
    page: Any, server: Server, tolerated: list[str]
) -> None:
    tolerated.append("status of 503")
    stop = "{$add: ['$id', 1000000000]}"
    where = f"{{$gt: [{{$size: {{$range: ['$id', {stop}]}}}}, 5]}}"
    view = View(source=Source(artifact="many:v0", entry="rows"), where=where)
    page.goto(f"{server.url}?{view.to_query()}")
    page.get_by_role("alert").filter(has_text="$range makes more than 100,000 items").first.wait_for()
    opened(page, server)
