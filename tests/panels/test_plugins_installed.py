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
from vitrail.testing.check import faults_of

ROOT = Path(__file__).parents[2]
EXAMPLES = [ROOT / "examples" / f"vitrail_{name}" for name in ("sparkline", "boxplot", "audio")]
QUIET = {"env": {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, "text": True}


class House:
    """An environment with nothing of ours but the wheel.

    What we depend on is found where these tests find it: to fetch it again would need a network.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder / "env", with_pip=False)
        self.python = folder / "env" / "bin" / "python"
        self.hearts = folder / "hearts"
        place = self.said("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        (Path(place) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    def said(self, *words: str | Path, code: int = 0) -> str:
        done = subprocess.run(
            [self.python, *map(str, words)], cwd=self.folder, capture_output=True, check=False, **QUIET
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def install(self, *sources: Path) -> None:
        """Build a wheel of each folder, and install it."""
        alone = ("--no-index", "--no-deps", "--no-build-isolation", "--no-cache-dir", "--quiet")
        command = ("--python", self.python, "install", *alone, "--ignore-installed", *sources)
        subprocess.run([sys.executable, "-m", "pip", *command], check=True, **QUIET)

    def vitrail(self, *words: str | Path, code: int = 0) -> str:
        return self.said("-m", "vitrail", *words, code=code)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Our wheel, the examples, and a plugin that was just written and edited."""
    made = House(tmp_path_factory.mktemp("house"))
    made.install(ROOT)
    made.vitrail("plugin", "new", "hearts")
    for path in (made.hearts / "hearts.py", made.hearts / "tests" / "test_hearts.py"):
        path.write_text(path.read_text().replace("★", "♥"))
    made.install(*EXAMPLES, made.hearts)
    return made


@pytest.fixture(scope="module")
def listed(house: House) -> str:
    return house.vitrail("plugins")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    with vt.init(project="p", job_type="j", store=root) as run:
        artifact = vt.Artifact("t", "dataset")
        table = vt.Table(columns=["curve", "share"], data=[[[1.0, 2.0, 3.0], 1.0], [[3.0, 1.0], 0.4]])
        artifact.add(table, "t")
        run.log_artifact(artifact)
    return root


@pytest.fixture(scope="module")
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


def test_the_house_has_our_wheel_and_nothing_of_this_folder(house: House, listed: str) -> None:
    ours = re.search(r"^vitrail_panels   vitrail \S+   (.+)$", listed, re.MULTILINE)
    assert ours
    assert ours[1].startswith(str(house.folder))
    assert str(ROOT) not in listed


@pytest.mark.parametrize(
    ("plugin", "distribution", "draws"),
    [
        ("vitrail_sparkline", "vitrail-sparkline", "sparkline   draws   List(Number)"),
        ("vitrail_boxplot", "vitrail-boxplot", "boxplot   draws   List(Number)"),
        ("vitrail_audio", "vitrail-audio", "audio   draws   Audio"),
        ("hearts", "hearts", "hearts   draws   Number"),
    ],
)
def test_a_distribution_is_found_by_its_entry_point(
    listed: str, plugin: str, distribution: str, draws: str
) -> None:
    head = rf"^{plugin}   {distribution} 0\.1\.0   /\S+\n  {re.escape(draws)}$"
    assert re.search(head, listed, re.MULTILINE)


def test_media_are_listed(listed: str) -> None:
    assert "\nmedium audio   vitrail-audio 0.1.0   vitrail_audio.medium:Audio\n" in listed


def test_the_examples_and_a_new_plugin_keep_their_own_tests(house: House) -> None:
    tests = [folder / "tests" for folder in (*EXAMPLES, house.hearts)]
    said = house.said("-m", "pytest", "-o", "addopts=", "-p", "no:cacheprovider", *tests)
    assert re.search(r"^\d+ passed in \S+$", said.splitlines()[-1].strip(" ="))


def test_the_examples_and_a_new_plugin_draw_in_a_served_page(served: str) -> None:
    assert "<polyline points=" in drawn(served, "curve", "sparkline")
    assert "quartiles 1.5, 2 and 2.5" in drawn(served, "curve", "boxplot")
    assert "♥♥♥♥♥" in drawn(served, "share", "hearts")


def test_a_new_plugin_has_nothing_missing(house: House) -> None:
    assert "hearts: all" in house.vitrail("plugin", "check", house.hearts)


def test_strangers_are_kept_out_and_are_not_even_imported(house: House) -> None:
    said = house.vitrail("plugins", "--only", "vitrail")
    assert re.search(r"^vitrail_sparkline   vitrail-sparkline 0\.1\.0   OFF$", said, re.MULTILINE)
    assert "sparkline   draws" not in said
    assert "medium" not in said
    assert house.vitrail("plugins", "--without", "sparklin", code=1) == ""


def test_check_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    said = "\n".join(faults_of(tmp_path).faults)
    assert "names no plugin" in said
    assert "no tests" in said
    module = tmp_path / "bad.py"
    module.write_text(
        "import vitrail as vt\nfrom markupsafe import Markup\nfrom vitrail.dtypes import Text\n"
        "class Bad:\n    name = 'bad'\n    accepts = Text()\n"
        "    def cell(self, data, dtype, frame):\n        return Markup('<b>' + data)\n"
        "@vt.hookimpl\ndef vitrail_visualizers():\n    return [Bad]\n"
    )
    said = "\n".join(faults_of(module).faults)
    assert "a cell lets no markup through" in said
    assert "a cell is well formed" in said
