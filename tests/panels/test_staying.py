"""The open row is found again among other rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rows import OTHER, SOURCE, logged, plugins

from vitrail.store.project import Project
from vitrail.view import View
from vitrail_panels.scene import Scene
from vitrail_panels.staying import row_after


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with logged(tmp_path_factory.mktemp("store")) as project:
        yield project


@pytest.mark.parametrize(
    ("before", "row", "after", "found"),
    [
        ({}, 12, {"sort": "-loss"}, 17),
        ({"sort": "-loss"}, 17, {}, 12),
        ({}, 12, {"where": "{id: {$gt: 10}}"}, 1),
        ({}, 12, {"where": "{id: {$lt: 10}}"}, None),
        ({"compare": [OTHER]}, 12, {"compare": [OTHER], "sort": "-id"}, 17),
        ({}, 12, {"compare": [OTHER]}, 12),
        ({"sort": "-loss"}, 17, {"compare": [OTHER], "sort": "-id"}, 17),
        ({"compare": [OTHER], "sort": "-id"}, 17, {"where": "{id: {$gt: 10}}"}, 1),
        ({"compare": [OTHER]}, 12, {"compare": [OTHER], "key": "", "group": "label"}, None),
        ({}, 12, {"group": "label"}, None),
        ({}, 12, {"where": "[{$match: {id: {$gt: 10}}}]"}, None),
    ],
)
def test_a_row_is_followed(
    project: Project,
    before: dict[str, object],
    row: int,
    after: dict[str, object],
    found: int | None,
) -> None:
    one, other = (
        Scene(project, plugins(), View.model_validate({"source": SOURCE, **parts}))
        for parts in (before, after)
    )
    assert row_after(one, row, other) == found
