"""What the documents say is so: hooks with their exact arguments, code that runs, an open changelog."""

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from vitrail import hookspecs

ROOT = Path(__file__).parents[2]
HOOKS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("vitrail_")}


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_documented_with_its_exact_arguments(name: str) -> None:
    arguments = ", ".join(inspect.signature(HOOKS[name]).parameters)
    assert f"### `{name}({arguments})`" in (ROOT / "docs/plugins.md").read_text()


def test_no_hook_is_documented_that_there_is_not() -> None:
    documented = re.findall(
        r"^### `(vitrail_\w+)\(", (ROOT / "docs/plugins.md").read_text(), re.MULTILINE
    )
    assert sorted(documented) == sorted(HOOKS)


def python_blocks() -> list[tuple[str, str]]:
    """Every block of Python in the README and the guide, under the name of its document."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [
        (f"{path.name} {number}", block)
        for path in documents
        for number, block in enumerate(
            re.findall(r"^```python\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)
        )
    ]


def test_the_documents_hold_code() -> None:
    assert len(python_blocks()) >= 3


@pytest.mark.parametrize(("name", "block"), python_blocks(), ids=lambda text: text[:20])
def test_every_block_of_python_runs(name: str, block: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{name}\n{done.stderr}"


def steps() -> list[tuple[str, str]]:
    """The files that the guide builds, under the headings where it does."""
    guide = (ROOT / "docs/first-pane.md").read_text()
    parts = re.split(r"^## ", guide, flags=re.MULTILINE)
    found = re.compile(r"^```python title[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [(part.partition("\n")[0], block) for part in parts for block in found.findall(part)]


@pytest.mark.parametrize(("heading", "block"), steps(), ids=lambda text: text[:20])
def test_every_step_of_the_guide_runs_and_all_but_the_first_keep_the_contract(
    heading: str, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vitrail.testing.check import faults_of

    monkeypatch.chdir(tmp_path)
    if "@vt.hookimpl" not in block:
        exec(compile(block, "guide.py", "exec"), {"__name__": "guide"})
        return
    path = tmp_path / "guide.py"
    path.write_text(block)
    faults = faults_of(path).faults
    if heading == "Ten lines":
        assert len([line for line in block.splitlines() if line]) == 10
        assert "letters; a page takes 500,000" in str(faults)
    else:
        assert faults == ()


def public(module: str) -> dict[str, object]:
    """The classes and functions that a module makes."""
    made = vars(import_module(module))
    return {
        name: thing
        for name, thing in made.items()
        if getattr(thing, "__module__", "") == module and not name.startswith("_")
    }


REFERENCE = (
    *("vitrail.hookspecs", "vitrail.dtypes", "vitrail.query.reduction", "vitrail.visualizer"),
    *("vitrail.domain", "vitrail.errors", "vitrail.builder"),
)


@pytest.mark.parametrize("module", REFERENCE)
def test_every_hook_type_reduction_and_frame_method_is_in_the_reference(module: str) -> None:
    """The pages are made of docstrings; a name without one would not tell anything."""
    pages = "".join(path.read_text() for path in (ROOT / "docs/reference").glob("*.md"))
    assert f"::: {module}\n" in pages
    silent = [name for name, thing in public(module).items() if not getattr(thing, "__doc__", "")]
    assert silent == []


def test_every_method_of_the_frame_and_of_a_visualizer_has_a_docstring() -> None:
    from vitrail.visualizer import Frame, Visualizer

    for protocol in (Frame, Visualizer):
        methods = {name: m for name, m in vars(protocol).items() if inspect.isfunction(m)}
        assert [n for n, m in methods.items() if n[0] != "_" and not m.__doc__] == []


def test_every_page_of_the_manual_is_in_its_menu() -> None:
    pages = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    menu = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]
    assert set(re.findall(r"[\w/-]+\.md", menu)) == pages


def test_the_changelog_is_open() -> None:
    assert re.search(r"^## Unreleased$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_every_picture_of_the_readme_is_there() -> None:
    pictures = re.findall(r"!\[.*?\]\((.+?)\)", (ROOT / "README.md").read_text())
    assert pictures
    assert [p for p in pictures if not (ROOT / p).is_file()] == []


def test_every_test_file_has_a_name_of_its_own() -> None:
    """Two of one name cannot be collected in one run."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def in_queries(heading: str) -> set[str]:
    """The operators that a part of the document about queries names."""
    text = (ROOT / "docs/queries.md").read_text()
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"`(\$\w+)`", part))


def test_every_operator_of_the_language_is_documented() -> None:
    from vitrail.query.gather import accumulators
    from vitrail.query.matching.arguments import KNOWN
    from vitrail.query.operator import operators
    from vitrail.query.parameters import FORMS
    from vitrail.query.stages.pipeline import stages

    own = {name for name in (*operators(), *FORMS) if re.fullmatch(r"\$\w+", name)}
    assert in_queries("Operators of expressions") == own
    assert in_queries("Query documents") == set(KNOWN)
    gathering = {*accumulators("group"), *accumulators("window")}
    assert in_queries("Stages") == {*stages(), *gathering}
