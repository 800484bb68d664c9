"""A table in the cells of notebooks: run to the end, looked at live, and looked at when nobody answers."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import vitrail as vt

EXAMPLES = Path(__file__).parents[2] / "examples" / "embedding"
ROWS = "[role=rowgroup].layer .row:not([hidden])"


@pytest.fixture
def tolerated() -> list[str]:
    return [r"404 \(Not Found\)", r"40[03] \(", "WebSocket", "service-worker", "ServiceWorker"]


@contextmanager
def running(folder: Path, *command: str) -> Iterator[str]:
    """A command of this environment that serves, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
    full = [str(Path(sys.executable).parent / command[0]), *command[1:], "--port", str(port)]
    environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(folder / "config"), "HOME": str(folder)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(full, cwd=folder, env=environment, start_new_session=True, **quiet) as process:
        try:
            for _ in range(1200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                assert process.poll() is None, "the command ended"
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/"
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the notebook, run to its end, and what it imports."""
    import nbformat
    from nbclient import NotebookClient

    where = tmp_path_factory.mktemp("notebooks")
    for name in ("cells.py", "marimo_app.py"):
        (where / name).write_text((EXAMPLES / name).read_text())
    notebook = nbformat.read(EXAMPLES / "notebook.ipynb", 4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(where)}}).execute()
    nbformat.write(notebook, where / "notebook.ipynb")
    return where


def outputs(folder: Path) -> list[list[dict[str, Any]]]:
    """What each cell of code shows: media type → content."""
    cells = json.loads((folder / "notebook.ipynb").read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return [[output.get("data", output) for output in cell["outputs"]] for cell in code]


@pytest.mark.filterwarnings("ignore")  # of the client's own libraries
def test_every_cell_shows_a_picture_and_then_what_is_live(folder: Path) -> None:
    table, shown, column = outputs(folder)
    for still, live in (table, shown):
        text = "".join(still["text/html"])
        assert text.count("<tr>") == 9  # the head, and the first eight rows
        assert "<script" not in text
        assert text.count('<img src="data:image/svg+xml;base64,') == 8
        assert "application/vnd.jupyter.widget-view+json" in live
        assert "".join(live["text/plain"]) == "(live where a kernel answers)"  # where no widget is known
    assert "of 60 rows" in "".join(table[0]["text/html"])
    assert "of 32 rows" in "".join(shown[0]["text/html"])
    assert 'alt="histogram of size' in "".join(column[0]["text/html"])


def test_what_strangers_wrote_is_text_in_the_picture() -> None:
    hostile = '<img src=x onerror="hacked=1">'
    table = vt.Table([hostile], [[hostile]])
    assert hostile not in vt.show(table)._repr_html_()


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore")
def test_a_table_is_live_in_jupyterlab(page: Any, folder: Path, shot: Any) -> None:
    options = ("--no-browser", "--allow-root", "--ServerApp.token=", "--ServerApp.password=")
    with running(folder, "jupyter-lab", "--ip=127.0.0.1", *options) as url:
        page.set_default_timeout(60_000)
        page.goto(f"{url}doc/tree/notebook.ipynb")
        still = page.locator(".vt-still").first
        still.get_by_text("the first 8 of 60 rows").wait_for()  # nobody answers yet
        shot("notebook-still")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.locator(".jp-CodeCell").first.click()
        page.keyboard.press("Shift+Enter")
        page.wait_for_selector(f"{ROWS} .loaded")
        page.locator(".vt-still").first.wait_for(state="hidden")
        box = page.locator(".text").first
        box.fill("{kind: 'white'}")
        box.press("Enter")
        page.get_by_text("28 rows of 60").wait_for()
        page.locator(f"{ROWS}:not(.loading)").nth(1).click()
        page.locator(".detail vt-picture").wait_for()
        shot("notebook-jupyter")


@pytest.mark.browser
def test_a_table_is_live_in_marimo(page: Any, folder: Path, shot: Any) -> None:
    with running(folder, "marimo", "run", "marimo_app.py", "--headless", "--no-token") as url:
        page.set_default_timeout(60_000)
        page.goto(url)
        page.wait_for_selector(f"{ROWS} .loaded")
        box = page.locator(".text").first
        box.fill("{kind: 'white'}")
        box.press("Enter")
        page.get_by_text("28 rows of 60").wait_for()
        page.locator("[role=grid][aria-busy=false]").wait_for()
        shot("notebook-marimo")
