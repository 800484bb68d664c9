"""What a grid is answered by message: the views that it shows, and nothing beside them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import vitrail as vt
from vitrail.view import Source, View
from vitrail_panels.address import Address
from vitrail_panels.answering import Answering
from vitrail_panels.held import Held
from vitrail_panels.loose import Loose
from vitrail_panels.notebook.worker import worker
from vitrail_panels.pane import all_plugins
from vitrail_panels.reach import by_message
from vitrail_panels.session import Session

SHOWN = Source(artifact="table", entry="table")


class Asked:
    """A grid that shows a table, and what it is answered."""

    def __init__(self) -> None:
        table = vt.Table(["id", "kind"], [[row, "ab"[row % 2]] for row in range(30)])
        held = Held({SHOWN: table})
        registry, reach = all_plugins(), replace(by_message(held.picture), patience_s=0)
        view = View(source=SHOWN, group=["kind"])
        self.session = Session(held, registry, Address(first=view), read_only=True, reach=reach)
        self.answers: dict[str, Any] = {}
        Answering(self.session.grid, held, registry, reach, answer=self._heard)
        worker().run(lambda: self.session.begin(Loose()), lambda: None)

    def _heard(self, ask: str, text: str) -> None:
        self.answers[ask] = json.loads(text)

    def say(self, **message: Any) -> Any:
        """What becomes of a message of the grid."""
        worker().run(lambda: self.session.grid._handle_msg(message), lambda: None)
        return self.answers.get(message.get("ask", ""))

    def window(self, source: str, start: int = 0, stop: int = 8) -> Any:
        ask = f"{source}/{start}"
        return self.say(type="window", ask=ask, source=source, start=start, stop=stop, exact=False)


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked()


def test_a_grid_is_answered_the_rows_of_its_view(asked: Asked) -> None:
    assert len(asked.window(asked.session.grid.source)["rows"]) == 2


def test_rows_inside_of_an_unfolded_group_are_answered(asked: Asked) -> None:
    asked.say(type="unfold", path="0", opens=True)
    (branch,) = asked.session.grid.folds["branches"]
    assert len(asked.window(branch["source"])["rows"]) == 8


def test_views_that_the_grid_does_not_show_are_not_answered(asked: Asked) -> None:
    other = View(source=SHOWN, where="{kind: 'a'}").to_query()
    assert asked.window(f"message:?{other}")["error"] == "these rows are shown no longer"


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (5, 1), (0, 10_000), (0, 2**60), ("0", 5)])
def test_a_window_that_is_none_is_refused(asked: Asked, start: Any, stop: Any) -> None:
    assert "a window" in asked.window(asked.session.grid.source, start, stop)["error"]


def test_a_filter_reaches_no_table_that_was_not_given(asked: Asked) -> None:
    stage = "[{$unionWith: 'beside'}]"
    worker().run(
        lambda: asked.session.toolbar._handle_msg({"type": "where", "text": stage}), lambda: None
    )
    assert "beside" in asked.session.toolbar.error["message"]
