"""Panes of strangers that bring a script for the browser: they run, and one that fails is a card."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import vitrail as vt
from vitrail.plugin_files import load_file
from vitrail.registry import Registry
from vitrail.store.project import Project
from vitrail.view import Choice, Source, View
from vitrail_panels.serve import Server

pytestmark = pytest.mark.browser

PANE = '''\
import panel as pn
import param
import vitrail as vt
from panel.custom import {base}
from vitrail.dtypes import Number

class {kind}({base}):
    value = param.Number(0.0)
    clicks = param.Integer(0)
    _esm = """{script}"""

class {kind}Pane:
    name = "{name}"
    accepts = Number()

    def pane(self, data, dtype, frame):
        return pn.Column({kind}(value=data, width=200, height=40))

@vt.hookimpl
def vitrail_visualizers():
    return [{kind}Pane]
'''
WORKS = """
export function render({ model }) {
  const button = document.createElement("button")
  const tell = () => { button.textContent = `${model.value} pressed ${model.clicks}` }
  button.addEventListener("click", () => { model.clicks += 1 })
  model.on("clicks", tell)
  tell()
  return button
}
"""
WIDGET = """
export default {
  render({ model, el }) { el.append(Object.assign(document.createElement("b"), {textContent: `widget ${model.get("value")}`})) },
}
"""
# name -> (script, what the card says)
FAILS = {
    "no_module": ("export function render( {", "SyntaxError"),
    "at_import": (
        "throw new Error('no canvas <b>')\nexport function render() {}",
        "Error: no canvas <b>",
    ),
    "no_render": ("export const drawn = 1", "it exports no function render"),
    "at_render": (
        "export function render() { return nothing.at.all }",
        "ReferenceError: nothing is not",
    ),
    "rejects": ("export async function render() { throw new TypeError('late') }", "TypeError: late"),
    "later": (
        "export function render({ el }) { setTimeout(() => { el.x.y = 1 }, 50) }",
        "TypeError: Cannot set properties of undefined",
    ),
    "elsewhere": ("import x from 'https://example.org/x.js'\nexport function render() {}", "TypeError"),
}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with vt.init(project="p", job_type="j", store=tmp_path / "store") as run:
        artifact = vt.Artifact("t", "dataset")
        columns = ["works", "widget", *FAILS, "plain", "meddler"]
        artifact.add(vt.Table(columns=columns, data=[[1.5] * len(columns)]), "t")
        run.log_artifact(artifact)
    project = Project(tmp_path / "store")
    yield project
    project.close()


MEDDLER = """\
import os
import vitrail as vt
from vitrail.dtypes import Number

class Meddler:
    name = "meddler"
    accepts = Number()

    def cell(self, data, dtype, frame):
        os.chdir("/")
        return "meddled"

@vt.hookimpl
def vitrail_visualizers():
    return [Meddler]
"""


def registry_of(folder: Path) -> Registry:
    registry = Registry()
    registry.load_entry_points()
    scripts = {"works": WORKS, "widget": WIDGET, **{name: script for name, (script, _) in FAILS.items()}}
    for name, script in scripts.items():
        base = "AnyWidgetComponent" if name == "widget" else "JSComponent"
        path = folder / f"guest_{name}.py"
        path.write_text(
            PANE.format(base=base, kind=name.title().replace("_", ""), name=name, script=script)
        )
        load_file(registry, path)
    path = folder / "guest_meddler.py"
    path.write_text(MEDDLER)
    load_file(registry, path)
    registry.owns_process = True
    return registry


@pytest.fixture
def tolerated() -> list[str]:
    return ["."]


def test_scripts_of_strangers_run_and_those_that_fail_or_meddle_are_named(
    page: Any, project: Project, tmp_path: Path, shot: Any
) -> None:
    registry, folder = registry_of(tmp_path), Path.cwd()
    choices = {name: Choice(visualizer=name) for name in ("works", "widget", *FAILS, "meddler")}
    choices["plain"] = Choice(visualizer="number")
    view = View(source=Source(artifact="t:v0", entry="t"), choices=choices, row=0)
    with Server(project, registry) as server:
        page.goto(f"{server.url}?{view.to_query()}")
        button = page.get_by_role("button", name="1.5 pressed 0")
        button.click()
        page.get_by_role("button", name="1.5 pressed 1").wait_for()
        page.get_by_text("widget 1.5").wait_for()
        for name, (_, said) in FAILS.items():
            card = page.locator(".vt-card", has=page.get_by_text(name, exact=True))
            card.wait_for()
            text = card.inner_text()
            assert said in text, name
            assert f"plugin guest_{name} of guest_{name}.py " in text
            assert "its script failed in the browser" in text
        # The others may have been at work when it drew first, and then nobody is blamed.
        assert page.request.get(f"{server.url}api/window?{view.to_query()}&start=0&stop=1").ok
        assert list(registry.notes) == ["guest_meddler"]
        page.get_by_text("plugin 'guest_meddler' of guest_meddler.py").wait_for()
        page.get_by_text("changed the working folder of the whole process").wait_for()
        assert Path.cwd() == folder
        shot("plugin-scripts")
        assert page.get_by_role("button", name="1.5 pressed 1").is_visible()
