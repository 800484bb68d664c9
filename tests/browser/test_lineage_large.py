"""A lineage of two thousand nodes: how long it takes to open, and how smoothly it is dragged."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest
from component_stand import Stand

from vitrail.store.lineage import Edge, Lineage
from vitrail.store.project import Project
from vitrail.store.records import VersionRow
from vitrail.store.run import LoggedRun
from vitrail_panels.lineage.pane import LineagePane

pytestmark = pytest.mark.browser

STEPS = ("collect", "clean", "split", "train", "evaluate")
CHAINS, DAY = 200, "2024-02-29T12:00:00+00:00"

PLOT = "const plot = [...Bokeh.index.query((view) => view.model.name === 'lineage')][0];"

OPENS = f"""async (button) => {{
  const frame = () => new Promise(requestAnimationFrame), began = performance.now();
  const drawn = () => {{ {PLOT} return plot?.model.renderers[1].data_source.length === 2000; }};
  button.click();
  while (!drawn()) await frame();
  await frame();
  await frame();
  return performance.now() - began;
}}"""

# Where a node is on the screen.
PLACED = f"""(place) => {{
  {PLOT}
  const source = plot.model.renderers[1].data_source, box = plot.el.getBoundingClientRect();
  const x = plot.frame.x_scale.compute(source.get_column("x")[place]);
  const y = plot.frame.y_scale.compute(source.get_column("y")[place]);
  return [box.left + x, box.top + y];
}}"""

LIT = f"""() => {{ {PLOT} return plot.model.renderers[1].data_source.selected.indices.toSorted((a, b) => a - b); }}"""

WATCH = """() => {
  const times = (window.frameTimes = []);
  let last = performance.now();
  const note = (now) => { times.push(now - last); last = now; window.watching = requestAnimationFrame(note); };
  window.watching = requestAnimationFrame(note);
}"""
TIMES = "() => { cancelAnimationFrame(window.watching); return window.frameTimes; }"


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


def frames(times: list[float]) -> str:
    """The times between frames, in words."""
    assert len(times) > 10
    return (
        f"median {median(times):.0f} ms, 95% under {quantiles(times, n=20)[-1]:.0f} ms of {len(times)}"
    )


def test_two_thousand_nodes_open_light_and_are_dragged(
    stand: Stand,
    page: Any,
    tmp_path: Path,
    shot: Any,
    until: Any,
    record_property: Callable[[str, object], None],
) -> None:
    with closing(Project(tmp_path)) as project:
        lineage = large(project)
    told: list[str | None] = []
    panes: list[LineagePane] = []

    def make() -> Any:
        turned = lambda _, node: told.append(node)  # noqa: E731
        panes.append(LineagePane(lineage, "evaluateed:v102", lambda _: None, turned=turned))
        return panes[-1].view

    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    stand.show(page, make)
    page.locator(".bk-Figure").wait_for()
    figures = {"opened": f"{page.get_by_role('button', name='Explode').evaluate(OPENS):.0f} ms"}
    (pane,) = panes
    names = pane.picture.names
    assert len(names) == 2000
    kin = [names.index(f"run/{step}-102") for step in STEPS]
    kin += [names.index(f"{step}ed:v102") for step in STEPS]

    at = page.evaluate(PLACED, names.index("run/train-102"))
    assert page.evaluate(LIT) == []
    before = len(sent)
    page.evaluate(WATCH)
    page.mouse.move(*at)
    page.wait_for_function(f"() => ({LIT})().length > 0")
    assert page.evaluate(LIT) == sorted(kin)
    for turn in range(25):
        page.mouse.move(at[0], at[1] + 64 * (turn % 5 - 2))
    figures["frames while nodes light"] = frames(page.evaluate(TIMES))
    page.mouse.move(at[0], at[1] - 32)
    page.mouse.move(*at)
    shot("lineage-large")
    assert sent[before:] == []

    page.mouse.click(*at)
    until(lambda: told[-1:] == ["run/train-102"])
    page.mouse.move(5, 5)
    until(lambda: page.evaluate(LIT) == sorted(kin))
    page.get_by_role("application", name="lineage").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("trained:v102: result").wait_for()
    page.keyboard.press("Enter")
    until(lambda: told[-1] == "trained:v102")
    page.keyboard.press("Escape")
    page.get_by_text("1,000 runs, 1,000 versions").wait_for()
    assert page.evaluate(LIT) == []

    began = pane.picture.figure.x_range.start
    page.mouse.move(*at)
    page.evaluate(WATCH)
    page.mouse.down()
    for turn in range(40):
        page.mouse.move(at[0] + 5 * turn, at[1] + 2 * turn)
    page.mouse.up()
    figures["frames while it is dragged"] = frames(page.evaluate(TIMES))
    until(lambda: pane.picture.figure.x_range.start != began)
    for what, figure in figures.items():
        record_property(f"2,000 nodes, {what}", figure)
    print("\n2,000 nodes:", *(f"{what}: {figure}" for what, figure in figures.items()), sep="\n  ")
