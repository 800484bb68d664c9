"""What `vitrail plugin new` writes: a distribution with one visualizer, ready to be changed."""

from __future__ import annotations

import keyword
import re
from importlib.metadata import version
from pathlib import Path
from string import Template

from vitrail.errors import Invalid

_FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "$distribution"
version = "0.1.0"
description = "A visualizer for Vitrail"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["vitrail>=$vitrail"]

[project.optional-dependencies]
test = ["pytest>=8"]

[project.entry-points.vitrail]
$module = "$module"

[tool.hatch.build.targets.wheel]
include = ["$module.py"]
""",
    "$module.py": '''\
"""Numbers from 0 to 1 as stars."""

import $package as vt
from vitrail.dtypes import Number


class $kind:
    """A number from 0 to 1 as up to five stars; other numbers as they are."""

    name = "$module"
    accepts = Number()

    def cell(self, data, dtype, frame):
        """A small drawing for a table's cell; plain text is escaped."""
        return "★" * round(5 * data) if 0 <= data <= 1 else f"{data:g}"


@vt.hookimpl
def vitrail_visualizers():
    """The visualizers that this plugin brings."""
    return [$kind]
''',
    "tests/test_$module.py": '''\
"""$kind keeps the contract of visualizers, and draws what it promises."""

from $module import $kind
from vitrail.testing import VisualizerContract


class Test$kind(VisualizerContract):
    visualizer = $kind


def test_one_is_five_stars():
    assert $kind().cell(1.0, None, None) == "★★★★★"
''',
    "README.md": """\
# $distribution

A visualizer for [Vitrail](https://pypi.org/project/vitrail/): numbers from 0 to 1 as stars.

    pip install --editable .
    vitrail serve

Every column of numbers now offers `$module` in its header's menu. While you change it,

    vitrail serve --without $module --plugin $module.py --watch

draws again whenever you save. `vitrail plugin check` runs the contract tests; `pytest` runs them and
your own.
""",
}


def write(name: str, folder: Path) -> Path:
    """Write a distribution.

    Args:
        name: what it is called, such as `stars`; also the visualizer's name.
        folder: where its folder is made.

    Returns:
        its folder.

    Raises:
        Invalid: the name cannot be a module's, or there is something of that name already.
    """
    module = name.replace("-", "_").lower()
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,60}", module) or keyword.iskeyword(module):
        raise Invalid(
            f"a plugin's name is made of letters, digits and dashes, such as stars; got {name!r:.100}"
        )
    if module.split("_")[0] == "vitrail" and "_" not in module:
        raise Invalid("the name 'vitrail' is taken; choose another")
    made = folder / module.replace("_", "-")
    if made.exists():
        raise Invalid(f"{str(made)!r} is there already; choose another name, or --in another folder")
    words = {
        "distribution": module.replace("_", "-"),
        "module": module,
        "kind": "".join(part.title() for part in module.split("_")),
        "package": "vitrail",
        "vitrail": version("vitrail"),
    }
    for place, text in _FILES.items():
        path = made / Template(place).substitute(words)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(text).substitute(words), "utf-8")
    return made
