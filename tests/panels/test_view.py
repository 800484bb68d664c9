"""A view and its address are one thing."""

import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrail.errors import Invalid
from vitrail.view import PARTS, Choice, SortKey, Source, View

texts = st.text(st.characters(codec="utf-8"), max_size=30)
names = texts.filter(bool)
artifacts = names.filter(lambda name: "/" not in name)
sources = st.builds(Source, artifact=artifacts, entry=names)
options = st.dictionaries(texts, st.one_of(st.integers(), st.booleans(), texts), max_size=3)
views = st.builds(
    View,
    source=sources,
    compare=st.lists(sources, max_size=3).map(tuple),
    key=st.none() | texts,
    where=texts,
    group=st.lists(texts, max_size=3).map(tuple),
    sort=st.lists(st.builds(SortKey, by=texts, descending=st.booleans()), max_size=3).map(tuple),
    choices=st.dictionaries(texts, st.builds(Choice, visualizer=texts, options=options), max_size=3),
    row=st.none() | st.integers(0, 10**9),
    derived=st.dictionaries(texts, texts.map(str.strip), max_size=3),
    hidden=st.lists(texts, max_size=3).map(tuple),
    pinned=st.lists(texts, max_size=3).map(tuple),
    order=st.lists(texts, max_size=3).map(tuple),
    widths=st.dictionaries(texts, st.integers(56, 1200), max_size=3),
    height=st.none() | st.integers(24, 480),
    nested=st.booleans(),
    unfolded=st.lists(st.sampled_from(["0", "3.0", "12.7.1"]), max_size=3).map(tuple),
    within=st.none() | st.just("3.0"),
    layout=st.sampled_from(["table", "gallery"]),
    tab=st.sampled_from(["overview", "table", "lineage"]),
    exploded=st.booleans(),
    node=st.none() | st.sampled_from(["job/train & test", "rows:v1"]),
)


@given(views)
def test_an_address_gives_its_view_back(view: View) -> None:
    assert View.from_query(view.to_query()) == view
    assert View.from_query("?" + view.to_query()) == view
    assert {name for name, _ in parse_qsl(view.to_query(), keep_blank_values=True)} <= set(PARTS)


@given(st.text(max_size=200))
def test_any_address_is_a_view_or_a_clear_error(query: str) -> None:
    try:
        view = View.from_query(query)
    except Invalid as error:
        said = str(error)
    else:
        said = "the address " + view.to_query()
        assert View.from_query(view.to_query()) == view
    assert said.startswith("the address ")


@pytest.mark.parametrize(
    "query", ["row=-1", "show=%7B", "where=" + "x" * 70_000, "&".join(["group=a"] * 9)]
)
def test_what_is_no_view_is_refused(query: str) -> None:
    with pytest.raises(Invalid, match="the address"):
        View.from_query(query)


def test_a_view_is_a_document_that_is_read_back() -> None:
    view = View(source=Source(artifact="a:v0", entry="t"), choices={"x": Choice(visualizer="y")})
    assert View.model_validate(json.loads(view.model_dump_json())) == view
