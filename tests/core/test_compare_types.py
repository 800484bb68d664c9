"""Tables with other columns, other types, and keys that repeat or are missing, laid over each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine_library import Folder, engine_over

from vitrail.dtypes import Boolean, List, Mixed, Number, Optional, Struct, Text, Versions
from vitrail.errors import QueryError
from vitrail.layout import arrow_schema
from vitrail.query.comparison import notes
from vitrail.query.duck import DuckEngine
from vitrail.query.origins import scans
from vitrail.query.plan import Compare, Scan, Where, plan_from_json
from vitrail.query.planning import filtered, sorted_by
from vitrail.query.question import Question
from vitrail.query.reduction import Values
from vitrail.query.sql import compile_question
from vitrail.query.words import expr_in_words

WHOLE, FLOAT = Number(integer=True), Number(integer=False)
NAMES = ("v3", "v4", "v5")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def engine(folder: Folder) -> Iterator[DuckEngine]:
    with engine_over(folder) as engine:
        yield engine


@pytest.fixture(scope="module")
def tables(folder: Folder) -> tuple[Scan, ...]:
    """Three versions: a column that turns from a number to a text, one that goes, one that comes."""
    one = {
        "id": (WHOLE, [1, 2, 3]),
        "score": (FLOAT, [0.5, 0.75, 1.0]),
        "label": (Text(), ["cat", "dog", "dog"]),
        "old": (Boolean(), [True, False, True]),
        "a.b": (WHOLE, [10, 20, 30]),
    }
    two = {
        "id": (WHOLE, [2, 3, 4]),
        "score": (Text(), ["high", "low", "0.5"]),
        "label": (Text(), ["dog", "cat", "cow"]),
        "a.b": (WHOLE, [20, 31, 40]),
    }
    three = {
        "id": (WHOLE, [1, 4, 5]),
        "score": (WHOLE, [1, 2, 3]),
        "label": (Text(), ["cat", "cow", "cow"]),
        "sure": (FLOAT, [0.1, 0.2, 0.3]),
    }
    return tuple(folder.put(columns) for columns in (one, two, three))


@pytest.fixture(scope="module")
def plan(tables: tuple[Scan, ...]) -> Compare:
    return Compare(tables, NAMES, "id")


def ids(engine: DuckEngine, plan: Compare, text: str) -> list[int]:
    kept, _ = filtered(plan, text)
    return list(engine.window(kept, 0, 99, {"id": Values()}).cells["id"])


def test_columns_of_kinds_with_nothing_in_common_are_compared_as_several_kinds(
    engine: DuckEngine, plan: Compare
) -> None:
    assert plan.column("score") == Versions(Optional(Mixed()), NAMES)
    window = engine.window(plan, 0, 9, {"id": Values(), "score": Values(), "old": Values()})
    assert window.cells["id"] == (1, 2, 3, 4, 5)
    assert window.cells["score"] == (
        (0.5, None, 1),
        (0.75, "high", None),
        (1.0, "low", None),
        (None, "0.5", 2),
        (None, None, 3),
    )
    assert window.cells["old"][3:] == ((None, None, None), (None, None, None))
    assert engine.rows(plan).schema.equals(arrow_schema(plan.dtype))
    assert plan_from_json(plan.to_json()) == plan


def test_the_notes_say_what_was_united_and_what_only_some_have(plan: Compare) -> None:
    assert notes(plan) == (
        "score: Number in v3, Text in v4, whole Number in v5; compared as values of several kinds",
        "only in v3: old",
        "only in v3, v4: a.b",
        "only in v5: sure",
    )
    same = Compare(plan.tables[:1] * 2, NAMES[:2], "id")
    assert notes(same) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{$eq: ['$1', null]}", [1, 5]),
        ("{$ne: ['$1', null]}", [2, 3, 4]),
        ("{$and: ['$0', '$1']}", [2, 3]),
        ("{$not: ['$0']}", [4, 5]),
        ("{$and: ['$0', '$1', {$ne: ['$0.label', '$1.label']}]}", [3]),
        ("{$ne: [{$getField: {field: 'a.b', input: '$0'}}, '$1.a.b']}", [1, 3, 4]),
        ("{$eq: ['$0.a.b', 20]}", [2]),
        ("{$eq: ['$0', {id: 1, score: 0.5, label: 'cat', old: true, 'a.b': 10}]}", None),
        ("{$gt: ['$0.score', '$2.score']}", [2, 3]),
    ],
)
def test_a_whole_row_is_null_where_a_version_lacks_it(
    engine: DuckEngine, plan: Compare, text: str, found: list[int] | None
) -> None:
    if found is None:
        with pytest.raises(QueryError, match="dot"):
            ids(engine, plan, text)
    else:
        assert ids(engine, plan, text) == found


def test_a_condition_on_presence_reads_no_column(folder: Folder, plan: Compare) -> None:
    kept, _ = filtered(plan, "{$eq: ['$1', null]}")
    assert plan_from_json(kept.to_json()) == kept
    assert isinstance(kept, Where)
    assert expr_in_words(kept.condition) == "{$eq: ['$1', null]}"
    files = {scan.table: tuple(map(str, folder.files(scan.table))) for scan in scans(kept)}
    assert "c1" not in compile_question(Question("count", kept), files).text


def test_rows_are_sorted_by_their_difference(engine: DuckEngine, plan: Compare) -> None:
    gap = sorted_by(plan, [("{$subtract: ['$1.a.b', '$0.a.b']}", True)])
    assert engine.window(gap, 0, 9, {"id": Values()}).cells["id"][:2] == (3, 2)


def test_lists_and_documents_with_parts_of_other_kinds_are_compared(
    engine: DuckEngine, folder: Folder
) -> None:
    left = folder.put({"d": (Struct((("a", WHOLE), ("b", Text()))), [{"a": 1, "b": "x"}])})
    right = folder.put({"d": (Struct((("a", List(Text())), ("b", Text()))), [{"a": ["p"], "b": "y"}])})
    both = Compare((left, right), ("a", "b"))
    ((first, second),) = engine.window(both, 0, 1, {"d": Values()}).cells["d"]
    assert (first, second) == ({"a": 1, "b": "x"}, {"a": ["p"], "b": "y"})


def test_keys_of_several_kinds_meet_by_their_value(engine: DuckEngine, folder: Folder) -> None:
    left = folder.put({"k": (WHOLE, [1, 2]), "x": (WHOLE, [10, 20])})
    right = folder.put({"k": (Text(), ["2", "x"]), "x": (WHOLE, [30, 40])})
    both = Compare((left, right), ("a", "b"), "k")
    assert notes(both) == ("k: whole Number in a, Text in b; compared as values of several kinds",)
    window = engine.window(both, 0, 9, {"k": Values(), "x": Values()})
    assert window.cells["k"] == (1, 2, "2", "x")
    assert window.cells["x"] == ((10, None), (20, None), (None, 30), (None, 40))
