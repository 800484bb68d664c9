"""The contract tests, run on a plugin without a test file: what `vitrail plugin check` does."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrail.errors import PluginError, VitrailError
from vitrail.plugin_files import load_file
from vitrail.registry import GROUP, Registry
from vitrail.testing.contract import VisualizerContract


@dataclass(frozen=True, slots=True)
class Report:
    """What came out of a check.

    Attributes:
        checked: the visualizers.
        tests: how many tests each went through.
        faults: what is missing, a line for each.
    """

    checked: tuple[str, ...]
    tests: int
    faults: tuple[str, ...]


def faults_of(path: Path) -> Report:
    """Check a plugin: the folder of a distribution, or a single file."""
    registry = Registry()
    faults: list[str] = []
    try:
        if path.is_dir():
            faults += _load_folder(registry, path)
        else:
            load_file(registry, path)
    except VitrailError as error:
        faults.append(str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code may raise anything
        faults.append(f"it cannot be loaded: {type(error).__name__}: {error}")
    visualizers = registry.visualizers
    if not visualizers and not faults:
        faults.append("it brings no visualizer; return some from `vitrail_visualizers`")
    for entry in visualizers:
        faults += _broken(entry.visualizer, entry.name)
    return Report(tuple(entry.name for entry in visualizers), len(_tests()), tuple(faults))


def _load_folder(registry: Registry, folder: Path) -> Iterator[str]:
    """Load what a folder's `pyproject.toml` names; gives what is missing from the folder."""
    metadata = folder / "pyproject.toml"
    if not metadata.is_file():
        yield f"no pyproject.toml in {str(folder)!r}; `vitrail plugin new` writes one"
        return
    project = tomllib.loads(metadata.read_text("utf-8")).get("project", {})
    points = project.get("entry-points", {}).get(GROUP, {})
    if not points:
        yield f"pyproject.toml names no plugin; write one under [project.entry-points.{GROUP}]"
    if not any(folder.glob("tests/test_*.py")) and not any(folder.glob("test_*.py")):
        yield "no tests; one class that subclasses `vitrail.testing.VisualizerContract` is enough"
    if not any(folder.glob("README*")):
        yield "no README"
    distribution = f"{project.get('name', folder.name)} {project.get('version', '')}".strip()
    for name, target in points.items():
        registry.register(_found(folder, str(target)), name=name, distribution=distribution)


def _found(folder: Path, target: str) -> Any:
    """What an entry point leads to, from the folder itself even where another copy is installed."""
    places = [str(place) for place in (folder.resolve() / "src", folder.resolve()) if place.is_dir()]
    sys.path[:0] = places
    try:
        module_name, _, attribute = target.partition(":")
        found: Any = importlib.import_module(module_name.strip())
        for part in filter(None, attribute.strip().split(".")):
            found = getattr(found, part)
        return found
    finally:
        for place in places:
            sys.path.remove(place)


def _tests() -> list[str]:
    return [name for name in dir(VisualizerContract) if name.startswith("test_")]


def _broken(visualizer: type[Any], name: str) -> Iterator[str]:
    """The tests of the contract that a visualizer fails."""
    tested = type("Tested", (VisualizerContract,), {"visualizer": visualizer})
    for test in _tests():
        try:
            getattr(tested(), test)()
        except (PluginError, AssertionError) as error:
            yield f"{name}: {_words(test)}: not so for {str(error).partition(chr(10))[0]:.300}"
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code may raise anything
            yield f"{name}: {_words(test)}: raised {type(error).__name__}: {error!s:.300}"


def _words(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")
