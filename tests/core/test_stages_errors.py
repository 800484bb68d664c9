"""What is said of pipelines that make no sense, and where."""

from __future__ import annotations

from typing import Any

import pytest
from stage_tables import plan_of, table

from vitrail.errors import QueryError
from vitrail.query.mongo import parse_query
from vitrail.query.stages.pipeline import parse_pipeline

ROWS = [{"_id": 1, "label": "cat", "score": 0.5, "tags": ["x"], "o": {"a": 1}}]


def error_of(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse_pipeline(text, table(ROWS))
    return caught.value


@pytest.mark.parametrize(
    ("text", "piece", "path"),
    [
        ("[{$group: {_id: '$label', n: {$summ: 1}}}]", "$summ", "$group.n.$summ"),
        ("[{$group: {_id: '$label', n: {$sum: '$scor'}}}]", "scor", "$group.n.$sum"),
        ("[{$limit: 1}, {$limmit: 2}]", "$limmit", "$limmit"),
        ("[{$project: {a: {$add: ['$score', '$label']}}}]", "'$label'", "$project.a.$add"),
        ("[{$project: {label: 1, score: 0}}]", "score", "$project"),
        ("[{$sort: {scor: 1}}]", "scor", "$sort.scor"),
        ("[{$sort: {score: 2}}]", "2", "$sort.score"),
        ("[{$unwind: {path: '$tags', keep: true}}]", "keep", "$unwind"),
        ("[{$facet: {a: [{$skip: -1}]}}]", "-1", "$facet.a.$skip"),
        ("[{$set: {o: {'b.c': 1}}}]", "'b.c'", "$set.o.b.c"),
    ],
)
def test_an_error_names_its_place(text: str, piece: str, path: str) -> None:
    error = error_of(text)
    assert error.span is not None
    assert text[error.span.start : error.span.stop] == piece
    assert error.path == path


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[{$mathc: {}}]", "$match"),
        ("[{$group: {_id: null, n: {$avrage: 1}}}]", "$avg"),
        ("[{$group: {_id: null, $sum: 1}}]", "{name: {$sum: …}}"),
        ("[{$group: {label: '$label'}}]", "_id: null"),
    ],
)
def test_an_error_says_what_may_have_been_meant(text: str, hint: str) -> None:
    assert hint in error_of(text).hint or hint in str(error_of(text))


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ({"$limit": 0}, "1 or more"),
        ({"$limit": 1.5}, "a whole number"),
        ({"$limit": True}, "a whole number"),
        ({"$skip": -1}, "0 or more"),
        ({"$sample": {"size": 0}}, "1 or more"),
        ({"$sample": 3}, "takes a document with size"),
        ({"$count": ""}, "not empty"),
        ({"$count": "$n"}, r"does not begin with \$"),
        ({"$count": "a.b"}, "no dot"),
        ({"$count": "_id"}, "not _id"),
        ({"$project": {}}, "one column or more"),
        ({"$project": {"a": {}}}, "an empty document"),
        ({"$project": {"o": 1, "o.a": 1}}, "stands beside"),
        ({"$project": {"o.a": 1, "o": {"a": 1}}}, "stands twice"),
        ({"$project": {"label": 0, "x": "$score"}}, "not both"),
        ({"$project": {"nope": 1}}, "no column 'nope'"),
        ({"$project": {"o.nope": 1}}, "no part 'nope'"),
        ({"$unset": []}, "a column's name"),
        ({"$unset": "lable"}, "Did you mean 'label'"),
        ({"$replaceRoot": {"newRoot": "$label"}}, "needs a document, got Text"),
        ({"$replaceRoot": "$o"}, "takes a document with newRoot"),
        ({"$unwind": "tags"}, r"a path such as '\$boxes'"),
        ({"$unwind": "$nope"}, "no column 'nope'"),
        ({"$sort": {}}, "an order is a document"),
        ({"$match": "$label"}, "takes a query document"),
        ({"$documents": [1]}, "a list of documents"),
        ({"$limit": 1, "$skip": 1}, "a document with one key"),
        ("$limit", "a document with one key"),
    ],
)
def test_a_stage_that_makes_no_sense_is_refused(stage: Any, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        plan_of([stage], ROWS)


def test_documents_stand_first() -> None:
    with pytest.raises(QueryError, match="the first stage"):
        plan_of([{"$limit": 1}, {"$documents": []}], ROWS)


def test_a_pipeline_is_of_bounded_length() -> None:
    with pytest.raises(QueryError, match="at most 200 stages"):
        plan_of([{"$limit": 1}] * 201, ROWS)


def test_a_document_whose_parts_nobody_knows_is_refused() -> None:
    stages = [{"$replaceRoot": {"newRoot": {"$arrayToObject": [[{"k": "$label", "v": 1}]]}}}]
    with pytest.raises(QueryError, match="known only by the data"):
        parse_pipeline(stages, table(ROWS))


def test_a_misspelt_stage_in_front_still_is_a_pipeline() -> None:
    with pytest.raises(QueryError, match="no stage"):
        parse_query("[{$mach: {label: 'cat'}}]", table(ROWS))


def test_what_leads_nowhere_may_read_as_null() -> None:
    plan = parse_pipeline("[{$project: {a: '$nope.x', b: '$o.z', nope: 1}}]", table(ROWS), lenient=True)
    assert [name for name, _ in plan.dtype.columns or ()] == ["_id", "a", "b", "nope"]
