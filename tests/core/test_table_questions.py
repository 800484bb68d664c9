"""Tables are asked, and answer with tables."""

from __future__ import annotations

import pytest
from table_cells import one_column, picture

from vitrail.errors import QueryError
from vitrail.table import Table


def test_a_query_gives_the_rows_for_which_it_is_true():
    table = Table(["road", "p"], [[i / 10, picture(i)] for i in range(10)])
    found = table.query("{$gt: ['$0.road', 0.65]}")
    assert found.data == [[i / 10, picture(i)] for i in (7, 8, 9)]
    assert found.dtype == table.dtype
    assert found == table.query({"$gt": ["$road", 0.65]})
    assert len(table.query({"$gt": ["$road", 5]})) == 0


def test_a_table_that_grew_answers_with_its_new_rows():
    table = one_column(1, 2)
    assert table.query({"$gt": ["$c", 1]}).data == [[2]]
    table.add_data(3)
    assert table.query({"$gt": ["$c", 1]}).data == [[2], [3]]


def test_a_stored_table_is_asked_where_it_lies_and_its_answer_stored_by_reference(shelf):
    table = Table(["road", "p"], [[i / 10, picture(i)] for i in range(10)])
    back = shelf.add("a", "t", table)
    try:
        found = back.query("{$gt: ['$0.road', 0.65]}")
        assert found.data == [[i / 10, picture(i)] for i in (7, 8, 9)]
        shelf.put_digests.clear()
        again = shelf.add("b", "t", found)
        assert again == found
        assert not {row[1].digest for row in found.data} & set(shelf.put_digests)
    finally:
        shelf.engine.close()


def test_a_strict_query_refuses_what_a_missing_value_makes_senseless():
    table = one_column([1, 2], None)
    condition = "{$gte: [{$size: '$c'}, 1]}"
    assert table.query(condition).data == [[[1, 2]]]
    with pytest.raises(QueryError, match=r"1 row.*\$size"):
        table.query(condition, strict=True)


def test_a_mistake_in_a_query_is_shown_at_its_place():
    text = "{$gt: ['$0.raod', 0.05]}"
    with pytest.raises(QueryError, match=r"raod.*Did you mean 'road'") as caught:
        Table(["road"], [[1]]).query(text)
    assert "raod" in text[caught.value.span.start : caught.value.span.stop]
