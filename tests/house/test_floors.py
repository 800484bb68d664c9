"""The floors: who may import whom, and what `import vitrail` costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "core/vitrail": {"panel", "bokeh", "param", "tornado", "vitrail_panels", "vitrail_plugins"},
    "plugins/vitrail_plugins": {"vitrail_panels", "duckdb", "tornado"},
    "panels/vitrail_panels": {"vitrail_plugins", "duckdb"},
}
HEAVY = (
    *("panel", "bokeh", "duckdb", "pyarrow", "pandas", "polars", "matplotlib"),
    *("numpy", "PIL", "sqlglot", "typer", "sklearn"),
)


def imported(path: Path) -> set[str]:
    """The top-level names of the modules that a file imports, at whatever depth."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def takes_the_face(path: Path) -> bool:
    nodes = ast.walk(ast.parse(path.read_text()))
    return any(isinstance(node, ast.Import) and node.names[0].asname == "vt" for node in nodes)


@pytest.mark.parametrize("floor", FORBIDDEN)
def test_a_floor_imports_nothing_from_above_it(floor: str) -> None:
    files = sorted((ROOT / floor).rglob("*.py"))
    assert files
    wrong = {str(f.relative_to(ROOT)): sorted(imported(f) & FORBIDDEN[floor]) for f in files}
    assert {path: names for path, names in wrong.items() if names} == {}


def test_the_house_takes_names_from_the_files_that_make_them() -> None:
    """`import vitrail as vt` is the face for guests; the demo is one."""
    inside = [
        path
        for floor in FORBIDDEN
        for path in (ROOT / floor).rglob("*.py")
        if "demo" not in path.parts and takes_the_face(path)
    ]
    assert inside == []


def test_import_vitrail_loads_nothing_heavy() -> None:
    code = f"import sys, vitrail; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_of_the_face_is_there() -> None:
    import vitrail

    missing = [name for name in vitrail.__all__ if not hasattr(vitrail, name)]
    assert missing == []
    assert set(vitrail.__all__) <= set(dir(vitrail))
