"""What draws a table follows from types alone: as logged, grouped, compared, and both."""

import subprocess
import sys

import pytest

from vitrail import dtypes as dt
from vitrail.query.plan import grouped
from vitrail.registry import Registry

VERSIONS = ("v3", "v4")
IMAGE = dt.Image((dt.BoxLayer("truth"),), (dt.MaskLayer("truth"),), ())


def compared(dtype: dt.DType) -> dt.DType:
    return dt.Versions(dt.optional(dtype), VERSIONS)


@pytest.fixture(scope="module")
def registry() -> Registry:
    """Only what is installed; no page, no engine, no data."""
    registry = Registry()
    registry.load_entry_points()
    assert registry.failed == []
    return registry


@pytest.mark.parametrize(
    ("dtype", "logged", "in_groups", "beside", "both"),
    [
        (dt.Number(integer=False), "number", "histogram", "bars", "multi_histogram"),
        (dt.Number(integer=True), "number", "histogram", "bars", "multi_histogram"),
        (dt.Text(), "text", "counts", "side_by_side", "grouped_bars"),
        (IMAGE, "image", "gallery", "side_by_side", "side_by_side"),
        (dt.Boolean(), "boolean", "boolean_counts", "side_by_side", "grouped_boolean_bars"),
        (dt.Timestamp("date"), "timestamp", "time_histogram", "side_by_side", "multi_time_histogram"),
        (dt.Struct((("x", dt.Number()),)), "struct", "list", "side_by_side", "side_by_side"),
        (dt.List(dt.Number()), "histogram", "list", "multi_histogram", "side_by_side"),
        (dt.List(IMAGE), "gallery", "list", "side_by_side", "side_by_side"),
    ],
    ids=str,
)
def test_every_question_changes_only_types(
    registry: Registry, dtype: dt.DType, logged: str, in_groups: str, beside: str, both: str
) -> None:
    asked = [dtype, grouped(dtype), compared(dtype), grouped(compared(dtype))]
    assert [registry.choose(one).name for one in asked] == [logged, in_groups, beside, both]
    missing = dt.optional(dtype)
    asked = [missing, grouped(missing), compared(missing), grouped(compared(missing))]
    assert [registry.choose(one).name for one in asked] == [logged, in_groups, beside, both]


def test_side_by_side_galleries_ask_for_pictures_by_type(registry: Registry) -> None:
    versions = grouped(compared(IMAGE))
    assert isinstance(versions, dt.Versions)
    assert registry.choose(versions.item).name == "gallery"


def test_a_table_is_drawn_by_its_type_too(registry: Registry) -> None:
    assert registry.choose(dt.Table((("a", dt.Number()),))).name == "table"


def test_naming_the_panes_loads_no_library_of_plots() -> None:
    code = (
        "import sys, vitrail_plugins; vitrail_plugins.vitrail_visualizers();"
        "print([m for m in ('bokeh', 'panel', 'duckdb', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
