"""A lineage of two thousand nodes: how long it takes to open, and how smoothly it is dragged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import pytest
from component_stand import Stand

from vitrail.store.lineage import Edge, Lineage
from vitrail.store.project import Project
from vitrail.store.records import VersionRow
from vitrail.store.run import LoggedRun
from vitrail_panels.lineage.graph import exploded
from vitrail_panels.lineage.pane import LineagePane
from vitrail_panels.lineage.picture import Picture

pytestmark = pytest.mark.browser

STEPS = ("collect", "clean", "split", "train", "evaluate")
CHAINS, DAY = 200, "2024-02-29T12:00:00+00:00"

DRAWN = """() => [...Bokeh.documents[0]._all_models.values()].some(
  (model) => model.data?.get?.('label')?.length === 2000 || model.data?.label?.length === 2000)"""

OPENS = f"""async (button) => {{
  const frame = () => new Promise(requestAnimationFrame), began = performance.now();
  button.click();
  while (!({DRAWN})()) await frame();
  await frame();
  await frame();
  return performance.now() - began;
}}"""

WATCH = """() => {
  const times = (window.frameTimes = []);
  let last = performance.now();
  const note = (now) => { times.push(now - last); last = now; window.watching = requestAnimationFrame(note); };
  window.watching = requestAnimationFrame(note);
}"""


def large(project: Project) -> Lineage:
    """Chains of five runs, each of which makes a version; every seventh run uses its neighbour's too."""
    runs: dict[str, LoggedRun] = {}
    versions: dict[str, VersionRow] = {}
    edges: list[Edge] = []
    for chain in range(CHAINS):
        for place, step in enumerate(STEPS):
            id_, made = f"{step}-{chain}", f"{step}ed:v{chain}"
            run = f"run/{id_}"
            runs[run] = LoggedRun(project, id_, "p", step, id_, {}, "finished", DAY, DAY)
            versions[made] = VersionRow(len(versions), f"{step}ed", "result", chain, "0", "0", DAY, 1)
            edges.append(Edge(run, made, "made"))
            uses = [chain, chain - 1] if chain % 7 == 3 else [chain]
            before = STEPS[place - 1]
            edges += [Edge(f"{before}ed:v{other}", run, "used") for other in uses if place]
    return Lineage(runs, versions, tuple(edges))


def test_two_thousand_nodes_open_and_are_dragged(
    stand: Stand, page: Any, tmp_path: Path, shot: Any, record_property: Callable[[str, object], None]
) -> None:
    with closing(Project(tmp_path)) as project:
        lineage = large(project)
        began = perf_counter()
        picture = Picture(exploded(lineage), "evaluateed:v100", lambda _: None)
        made = 1000 * (perf_counter() - began)
        assert len(picture.graph.nodes) == 2000
        panes: list[LineagePane] = []

        def make() -> Any:
            panes.append(LineagePane(lineage, "evaluateed:v100", lambda _: None))
            return panes[-1].view

        stand.show(page, make)
    page.locator(".bk-Figure").wait_for()
    opened = page.get_by_role("button", name="Explode").evaluate(OPENS)
    shot("lineage-large")
    box = page.locator(".bk-Figure").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = panes[-1].picture.figure.x_range.start
    page.evaluate(WATCH)
    page.mouse.move(*middle)
    page.mouse.down()
    for turn in range(60):
        page.mouse.move(middle[0] + 5 * turn, middle[1] + 2 * turn)
    page.mouse.up()
    times = page.evaluate("() => { cancelAnimationFrame(window.watching); return window.frameTimes; }")
    page.wait_for_timeout(300)
    shot("lineage-large-dragged")
    assert panes[-1].picture.figure.x_range.start != before
    assert len(times) > 10
    frames = f"median {median(times):.0f} ms, slowest {max(times):.0f} ms of {len(times)}"
    record_property("2,000 nodes made", f"{made:.0f} ms")
    record_property("2,000 nodes opened", f"{opened:.0f} ms")
    record_property("frames of dragging 2,000 nodes", frames)
    print(f"\n2,000 nodes: made in {made:.0f} ms, opened in {opened:.0f} ms, dragged: {frames}", end="")
