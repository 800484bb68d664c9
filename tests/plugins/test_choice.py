"""The type of a value alone says what draws it."""

import pytest

import vitrail_plugins
from vitrail.dtypes import (
    Boolean,
    BoxLayer,
    DType,
    Image,
    List,
    Nothing,
    Number,
    Optional,
    Struct,
    Table,
    Text,
    Timestamp,
    Versions,
    optional,
)
from vitrail.query.plan import grouped
from vitrail.registry import Registry

IOU, LABEL = Number(integer=False), Text()
IMAGE = Image((BoxLayer("ground_truth"),), (), ())
COMPARED = ("v3", "v4")


@pytest.fixture(scope="module")
def registry() -> Registry:
    made = Registry()
    made.register(vitrail_plugins, name="vitrail_plugins", distribution="vitrail")
    return made


def over(dtype: DType) -> DType:
    """What comparing makes of a column's type."""
    return Versions(optional(dtype), COMPARED)


def chosen(registry: Registry, dtype: DType) -> str:
    assert registry.choose(Optional(dtype)).name == registry.choose(dtype).name
    return registry.choose(dtype).name


def test_a_column_is_drawn_as_its_type_says_logged_grouped_compared_and_both(registry: Registry) -> None:
    table = {
        "as logged": [chosen(registry, t) for t in (IOU, LABEL, IMAGE)],
        "grouped": [chosen(registry, grouped(t)) for t in (IOU, LABEL, IMAGE)],
        "compared": [chosen(registry, over(t)) for t in (IOU, LABEL, IMAGE)],
        "compared and grouped": [chosen(registry, grouped(over(t))) for t in (IOU, LABEL, IMAGE)],
    }
    assert table == {
        "as logged": ["number", "text", "image"],
        "grouped": ["histogram", "counts", "gallery"],
        "compared": ["bars", "side_by_side", "side_by_side"],
        "compared and grouped": ["multi_histogram", "grouped_bars", "side_by_side"],
    }


def test_what_stands_side_by_side_is_drawn_by_its_own_type(registry: Registry) -> None:
    both = grouped(over(IMAGE))
    assert isinstance(both, Versions)
    assert chosen(registry, both.item) == "gallery"


@pytest.mark.parametrize(
    ("dtype", "names"),
    [
        (Boolean(), ("boolean", "boolean_counts", "side_by_side", "grouped_boolean_bars")),
        (Timestamp("date"), ("timestamp", "time_histogram", "side_by_side", "multi_time_histogram")),
        (Struct((("a", IOU),)), ("struct", "list", "side_by_side", "side_by_side")),
        (List(IOU), ("histogram", "list", "multi_histogram", "side_by_side")),
        (Nothing(), ("plain", "list", "side_by_side", "side_by_side")),
        (Table((("a", IOU),)), ("table", "list", "side_by_side", "side_by_side")),
    ],
    ids=str,
)
def test_every_other_type_has_somebody_too(
    registry: Registry, dtype: DType, names: tuple[str, ...]
) -> None:
    forms = (dtype, grouped(dtype), over(dtype), grouped(over(dtype)))
    assert tuple(chosen(registry, form) for form in forms) == names


def test_why_shows_the_deeper_pattern_before_the_shallower(registry: Registry) -> None:
    assert registry.why(grouped(over(IOU))).splitlines()[1:] == [
        "  multi_histogram draws Versions(List(Number)), from vitrail",
        "  side_by_side draws Versions(Any), from vitrail",
        "  plain draws Any, from vitrail",
    ]
