"""Distributions of others, installed beside our wheel in an environment of their own."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

import vitrail as vt

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "vitrail_sparkline"
QUIET = {"env": {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, "text": True}


class House:
    """An environment with nothing of ours but the wheel.

    What we depend on is found where these tests find it: to fetch it again would need a network.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder / "env", with_pip=False)
        self.python = folder / "env" / "bin" / "python"
        place = self.said("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        (Path(place) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def said(self, *words: str | Path, code: int = 0) -> str:
        done = subprocess.run(
            [self.python, *map(str, words)], cwd=self.folder, capture_output=True, check=False, **QUIET
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def install(self, source: Path) -> None:
        alone = ("--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir", "--quiet")
        command = ("--python", self.python, "install", *alone, "--ignore-installed", source)
        subprocess.run([sys.executable, "-m", "pip", *command], check=True, **QUIET)

    def vitrail(self, *words: str | Path, code: int = 0) -> str:
        return self.said("-m", "vitrail", *words, code=code)


def wheel_of(folder: Path, into: Path) -> Path:
    alone = ("--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", into)
    subprocess.run([sys.executable, "-m", "pip", "wheel", *alone, folder], check=True, **QUIET)
    return next(into.glob("*.whl"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = House(tmp_path_factory.mktemp("house"))
    made.install(wheel_of(ROOT, tmp_path_factory.mktemp("ours")))
    made.install(wheel_of(EXAMPLE, tmp_path_factory.mktemp("theirs")))
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    with vt.init(project="p", job_type="j", store=root) as run:
        artifact = vt.Artifact("t", "dataset")
        table = vt.Table(columns=["curve", "share"], data=[[[1.0, 2.0, 3.0], 1.0], [[3.0, 1.0], 0.4]])
        artifact.add(table, "t")
        run.log_artifact(artifact)
    return root


@pytest.fixture
def served(house: House, store: Path) -> Iterator[str]:
    command = ["-m", "vitrail", "serve", "--store", store, "--port", "0", "--no-open"]
    process = subprocess.Popen(
        [house.python, *map(str, command)], cwd=house.folder, stdout=subprocess.PIPE, **QUIET
    )
    with process:
        found = re.search(r"http://\S+/", process.stdout.readline())
        assert found
        yield found[0]
        process.kill()


def drawn(address: str, column: str, visualizer: str) -> str:
    """A column of the page's first window."""
    from vitrail.view import Choice, Source, View

    choices = {column: Choice(visualizer=visualizer)}
    query = View(source=Source(artifact="t:v0", entry="t"), choices=choices).to_query()
    with urllib.request.urlopen(f"{address}api/window?{query}&start=0&stop=2", timeout=60) as answer:
        return str(json.loads(answer.read())["rows"])


def test_the_house_has_our_wheel_and_nothing_of_this_folder(house: House) -> None:
    said = house.said("-c", "import vitrail, vitrail_panels; print(vitrail.__file__)")
    assert said.startswith(str(house.folder))


def test_an_example_is_found_by_its_entry_point(house: House) -> None:
    said = house.vitrail("plugins")
    assert re.search(r"^vitrail_sparkline   vitrail-sparkline 0\.1\.0   /\S+$", said, re.MULTILINE)
    assert re.search(r"^  sparkline   draws   List\(Number\)$", said, re.MULTILINE)


def test_an_example_keeps_its_own_tests(house: House) -> None:
    said = house.said("-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", EXAMPLE / "tests")
    assert re.search(r"\d+ passed", said)


def test_an_example_draws_in_a_served_page(served: str) -> None:
    assert "<polyline points=" in drawn(served, "curve", "sparkline")


def test_strangers_are_kept_out_and_are_not_even_imported(house: House) -> None:
    said = house.vitrail("plugins", "--only", "vitrail")
    assert re.search(r"^vitrail_sparkline   vitrail-sparkline 0\.1\.0   OFF$", said, re.MULTILINE)
    assert "sparkline   draws" not in said
    assert "OFF" in house.vitrail("plugins", "--without=vitrail-sparkline")
    assert house.vitrail("plugins", "--without", "sparklin", code=1) == ""


def test_a_new_plugin_is_written_edited_installed_found_and_draws(house: House, store: Path) -> None:
    house.vitrail("plugin", "new", "hearts")
    folder = house.folder / "hearts"
    module = folder / "hearts.py"
    module.write_text(module.read_text().replace("★", "♥"))
    test = folder / "tests" / "test_hearts.py"
    test.write_text(test.read_text().replace("★", "♥"))
    assert "all" in house.vitrail("plugin", "check", folder)
    house.install(folder)
    assert re.search(r"^hearts   hearts 0\.1\.0   /", house.vitrail("plugins"), re.MULTILINE)
    assert re.search(
        r"\d+ passed", house.said("-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", test)
    )
    code = (
        "from vitrail.registry import Registry; from vitrail.store.project import Project;"
        "from vitrail.view import *; from vitrail_panels.window import draw_window;"
        f"project = Project({str(store)!r}); registry = Registry(); registry.load_entry_points();"
        "choices = {'share': Choice(visualizer='hearts')};"
        "view = View(source=Source(artifact='t:v0', entry='t'), choices=choices);"
        "print(draw_window(project, registry, view, 0, 2)['rows'][0][1]); project.close()"
    )
    path = folder.parent / "draw.py"
    path.write_text(f"if __name__ == '__main__':\n    {code}\n")
    assert house.said(path).strip() == "♥♥♥♥♥"


def test_check_says_what_is_missing(tmp_path: Path, house: House) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    said = house.vitrail("plugin", "check", tmp_path, code=1)
    assert "names no plugin" in said
    assert "no tests" in said
    module = tmp_path / "bad.py"
    module.write_text(
        "import vitrail as vt\nfrom markupsafe import Markup\nfrom vitrail.dtypes import Text\n"
        "class Bad:\n    name = 'bad'\n    accepts = Text()\n"
        "    def cell(self, data, dtype, frame):\n        return Markup('<b>' + data)\n"
        "@vt.hookimpl\ndef vitrail_visualizers():\n    return [Bad]\n"
    )
    said = house.vitrail("plugin", "check", module, code=1)
    assert "a cell lets no markup through" in said
    assert "a cell is well formed" in said
