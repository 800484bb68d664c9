"""The face: `import vitrail as vt`."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import vitrail as vt


def test_the_face_is_what_we_say_it_is() -> None:
    """A name that leaves or joins the face is read here first."""
    assert vt.__all__ == [
        *("Api", "Artifact", "Classes", "Image", "JoinedTable", "Medium"),
        *("Run", "Table", "View", "VitrailError"),
        *("col", "compare", "dtypes", "errors", "export", "finish", "hookimpl", "init"),
        *("log", "log_artifact", "op", "open", "rows", "show", "use_artifact"),
    ]


def test_no_module_takes_the_place_of_a_name() -> None:
    modules = {path.stem for path in Path(vt.__file__).parent.iterdir()}
    assert modules & set(vt.__all__) == {"dtypes", "errors"}


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'vitrail' has no attribute 'Tabel'"):
        _ = vt.Tabel


def test_a_type_checker_sees_every_name_where_it_is_made() -> None:
    tree = ast.parse(Path(vt.__file__).read_text())
    (block,) = [n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    seen = {
        alias.asname: (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(str(name) for name in seen) == sorted(vt.__all__)
    for name, (module, attribute) in seen.items():
        assert getattr(vt, str(name)) is getattr(import_module(str(module)), attribute)


def test_beginning_a_run_loads_neither_engine_nor_frame(tmp_path: Path) -> None:
    heavy = ("panel", "bokeh", "duckdb", "pyarrow", "pandas", "PIL", "sqlglot", "matplotlib")
    code = f"""
import sys
import vitrail as vt
with vt.init(store={str(tmp_path)!r} + "/store") as run:
    artifact = vt.Artifact("a", "data")
    artifact.add(vt.Classes([]), "c")
    run.log_artifact(artifact)
print([m for m in {heavy!r} if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
