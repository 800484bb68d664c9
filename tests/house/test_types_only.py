"""No code path of the page asks for the mode: types alone say what draws a column."""

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import vitrail as vt
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Source, View
from vitrail_panels.scene import Scene

FRAME = Path(__file__).parents[2] / "panels" / "vitrail_panels"
SOURCES = sorted(FRAME.rglob("*.py"))
MODES = {"group", "compare", "compared"}
PLANS = {"Group", "Compare"}

V3, V4 = (Source(artifact=f"results:v{number}", entry="results") for number in (3, 4))
GROUPED = {"group": ("split",)}
COMPARED = {"compare": (V4,), "key": "id"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Five versions of a table; the last two are `v3` and `v4`."""
    root = tmp_path_factory.mktemp("store")
    with vt.init(project="p", job_type="evaluate", store=root) as run:
        for version in range(5):
            table = vt.Table(["id", "split", "iou", "label", "image"])
            for row in range(6):
                image = vt.Image(np.full((4, 6, 3), row, "uint8"))
                table.add_data(row, "ab"[row % 2], row / 7 + version, f"class {row % 3}", image)
            artifact = vt.Artifact("results", "result")
            artifact.add(table, "results")
            run.log_artifact(artifact)
    project = Project(root)
    yield project
    project.close()


@pytest.mark.parametrize(
    ("asked", "types", "visualizers"),
    [
        ({}, ["Number", "Text", "Image"], ["number", "text", "image"]),
        (GROUPED, ["List(Number", "List(Text", "List(Image"], ["histogram", "counts", "gallery"]),
        (
            COMPARED,
            ["Versions(Optional(Number", "Versions(Optional(Text", "Versions(Optional(Image"],
            ["bars", "side_by_side", "side_by_side"],
        ),
        (
            GROUPED | COMPARED,
            [
                "Versions(List(Optional(Number",
                "Versions(List(Optional(Text",
                "Versions(List(Optional(Image",
            ],
            ["multi_histogram", "grouped_bars", "side_by_side"],
        ),
    ],
    ids=["as logged", "grouped", "compared", "compared and grouped"],
)
def test_the_type_of_a_column_alone_says_what_draws_it(
    project: Project, asked: dict[str, object], types: list[str], visualizers: list[str]
) -> None:
    registry = Registry()
    registry.load_entry_points()
    scene = Scene(project, registry, View.model_validate({"source": V3, **asked}))
    columns = {column.name: column for column in scene.columns}
    shown = [columns[name] for name in ("iou", "label", "image")]
    assert [str(c.dtype)[: len(t)] for c, t in zip(shown, types, strict=True)] == types
    assert [c.entry.name for c in shown] == visualizers
    assert [registry.choose(c.dtype) for c in shown] == [c.entry for c in shown]


def conditions(tree: ast.AST) -> Iterator[ast.AST]:
    """Everything in a module by whose value one way or another is taken."""
    for node in ast.walk(tree):
        match node:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.Assert(test=test):
                yield test
            case ast.BoolOp(values=values):
                yield from values
            case ast.comprehension(ifs=ifs):
                yield from ifs
            case ast.Match(subject=subject, cases=cases):
                yield subject
                yield from (case.guard for case in cases if case.guard)


def asking(source: str) -> list[int]:
    """The lines of a module that ask for the mode."""
    tree = ast.parse(source)
    lines = {
        node.lineno
        for condition in conditions(tree)
        for node in ast.walk(condition)
        if isinstance(node, ast.Attribute) and node.attr in MODES
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & PLANS:
            lines.add(node.lineno)
        if isinstance(node, ast.Attribute) and node.attr in PLANS:
            lines.add(node.lineno)
    return sorted(lines)


def test_no_code_path_of_the_page_asks_for_the_mode() -> None:
    assert len(SOURCES) > 10
    found = {str(path.relative_to(FRAME)): asking(path.read_text()) for path in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "if view.group: pass",
        "x = 1 if len(self.view.compare) > 1 else 2",
        "y = [c for c in columns if view.group]",
        "z = view.compare and 1",
        "from vitrail.query.plan import Group",
        "isinstance(p, plan.Compare)",
        "match view.group:\n    case (): pass",
        "while not scene.view.group: pass",
    ],
)
def test_whoever_asks_is_found(source: str) -> None:
    assert asking(source) == [1]
