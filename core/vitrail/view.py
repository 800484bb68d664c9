"""What is shown and how: the whole state of a page as one document that fits in a URL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from vitrail.errors import Damaged, Invalid, NewerFormat
from vitrail.showing import Displayed

if TYPE_CHECKING:
    from vitrail.kinds import Shelf

FORMAT = 1
Tab = Literal["overview", "files", "table", "lineage", "code"]
MOST_PARTS = 4_800  # of an address
_LISTS = {"hide": "hidden", "pin": "pinned", "order": "order"}  # what an address calls a list of columns
# What an address calls the parts of a view; `where` before those that few would write by hand.
PARTS = (
    *(
        "artifact",
        "entry",
        "compare",
        "key",
        "where",
        "group",
        "sort",
        "row",
        "tab",
        "layout",
        "show",
        "add",
    ),
    *(*_LISTS, "width", "height", "nest", "unfold", "within", "explode", "node"),
)
_Name = Annotated[str, Field(max_length=600)]
_Query = Annotated[str, Field(max_length=65_536)]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Document):
    """A table of an artifact's version."""

    artifact: _Name = Field(description="the artifact as `name:version` or `name:alias`")
    entry: _Name = Field(
        description="the table's name in the artifact; its first one where this is empty"
    )


class SortKey(_Document):
    """One key of the order of rows."""

    by: _Query = Field(description="a column's name, or an expression of the query language")
    descending: bool = Field(default=False, description="greatest first")


class Choice(_Document):
    """The visualizer that the viewer chose for a column, and its settings."""

    visualizer: _Name = Field(description="the visualizer's name")
    options: dict[str, Any] = Field(
        default_factory=dict, description="those that differ from their defaults"
    )


def _source(given: Any) -> Any:
    """A source from what a guest may write for it: `name:version/entry`, or a table that was logged."""
    if isinstance(given, str):
        artifact, slash, entry = given.partition("/")
        if not slash:
            raise ValueError(f"a table is named as 'name:version/entry', not {given!r:.200}")
        return {"artifact": artifact, "entry": entry}
    return getattr(given, "logged_as", None) or given


def _sources(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else [given]


def _sort_key(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    return {"by": given[1:] if given[:1] in ("+", "-") else given, "descending": given[:1] == "-"}


def _sort_keys(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _text(given: Any) -> Any:
    """A filter's text, also where it is made of Python documents or with `vitrail.col`."""
    if isinstance(given, str):
        return given
    from vitrail.builder import plain
    from vitrail.query.text import written

    query = plain(given)
    return query if isinstance(query, str) else written(query)


def _choice_of(given: Any) -> Any:
    return {"visualizer": given} if isinstance(given, str) else given


_Source = Annotated[Source, BeforeValidator(_source)]
_Sources = Annotated[tuple[_Source, ...], BeforeValidator(_sources)]
_Key = Annotated[SortKey, BeforeValidator(_sort_key)]
_Keys = Annotated[tuple[_Key, ...], BeforeValidator(_sort_keys)]
_Where = Annotated[_Query, BeforeValidator(_text)]
_Groups = Annotated[tuple[_Query, ...], BeforeValidator(_sort_keys)]
_Names = Annotated[tuple[_Name, ...], BeforeValidator(_sort_keys)]
_Path = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,9}){0,7}$")]
_Width = Annotated[int, Field(ge=56, le=1200)]
_Chosen = Annotated[Choice, BeforeValidator(_choice_of)]


class View(_Document, Displayed):
    """What a page shows. A page is a function of the project, its view and the registry.

    A view fits in the page's address, is opened by `vitrail.open`, and can be put into an artifact, whose
    ancestors are then the tables that it shows.

    >>> view = View(source="scenes:v3/scenes", where={"road": {"$gt": 0.05}}, sort="-road")
    >>> view.to_query()
    'artifact=scenes%3Av3&entry=scenes&where=%7Broad%3A+%7B%24gt%3A+0.05%7D%7D&sort=-road'
    """

    kind: ClassVar[str] = "view"

    source: _Source | None = Field(default=None, description="the table; None shows the start page")
    compare: _Sources = Field(default=(), max_length=8, description="tables laid over it")
    key: _Name | None = Field(default=None, description="the column that compared rows are matched by")
    where: _Where = Field(default="", description="the filter, as it was typed")
    group: _Groups = Field(default=(), max_length=8, description="what rows are grouped by")
    nested: bool = Field(
        default=False,
        description="whether each of the keys that rows are grouped by is a level of its own",
    )
    unfolded: tuple[_Path, ...] = Field(
        default=(),
        max_length=64,
        description="groups whose inside is shown, by their places, such as 3.0",
    )
    within: _Path | None = Field(
        default=None, description="the unfolded group among whose rows `row` is counted; None for none"
    )
    sort: _Keys = Field(default=(), max_length=8, description="the order of rows")
    choices: dict[_Name, _Chosen] = Field(default_factory=dict, description="column → visualizer")
    derived: dict[_Name, _Where] = Field(
        default_factory=dict,
        max_length=64,
        description="column → the expression that it is worked out by",
    )
    hidden: _Names = Field(default=(), max_length=2000, description="columns that are not shown")
    pinned: _Names = Field(default=(), max_length=64, description="columns that stay at the left")
    order: _Names = Field(
        default=(),
        max_length=2000,
        description="columns that were moved, in the order that they have now",
    )
    widths: dict[_Name, _Width] = Field(default_factory=dict, description="column → px")
    height: int | None = Field(
        default=None, ge=24, le=480, description="px of a row; None for what its types need"
    )
    layout: Literal["table", "gallery"] = Field(
        default="table", description="whether rows are lines of a table or cards"
    )
    row: int | None = Field(default=None, ge=0, description="the row whose detail is open")
    tab: Tab = Field(default="table", description="which of its sides is seen")
    exploded: bool = Field(
        default=False, description="whether the lineage shows every run and version on its own"
    )
    node: _Name | None = Field(default=None, description="the lineage's node that is chosen")

    @property
    def sources(self) -> tuple[Source, ...]:
        """The tables that it shows, first the one that the others are laid over."""
        return (self.source, *self.compare) if self.source else self.compare

    def store(self, shelf: Shelf) -> dict[str, Any]:
        """Name the tables that it shows as what it comes of, each by the version that it has now.

        Returns:
            {"format", "view": the view, "tables": [{"artifact": `name:version`, "entry": name}]}

        Raises:
            NotFound: there is no such artifact or entry.
        """
        tables = [
            {"artifact": shelf.ancestor(source.artifact, source.entry), "entry": source.entry}
            for source in self.sources
        ]
        return {"format": FORMAT, "view": self.model_dump(mode="json"), "tables": tables}

    @classmethod
    def load(cls, document: dict[str, Any], shelf: Shelf | None = None) -> Self:  # noqa: ARG003
        """The view that was stored. The shelf is not asked."""
        if document["format"] > FORMAT:
            raise NewerFormat(
                f"a view of format {document['format']}; this Vitrail reads up to {FORMAT}"
            )
        try:
            return cls.model_validate(document["view"])
        except ValidationError as error:
            raise Damaged(f"the view cannot be read: {_first(error)}") from None

    def to_query(self) -> str:
        """The view as the query string of a URL, without "?"; `from_query` reads it back."""
        pairs: list[tuple[str, str]] = []
        if self.source:
            pairs += [("artifact", self.source.artifact), ("entry", self.source.entry)]
        for other in self.compare:
            entry = "" if self.source and other.entry == self.source.entry else f"/{other.entry}"
            pairs.append(("compare", other.artifact + entry))
        pairs += [("key", self.key)] if self.key is not None else []
        pairs += [("where", self.where)] if self.where else []
        pairs += [("group", by) for by in self.group]
        pairs += [("sort", ("-" if key.descending else "+") + key.by) for key in self.sort]
        for column, choice in sorted(self.choices.items()):
            settings = json.dumps(choice.options, sort_keys=True) if choice.options else ""
            pairs.append(("show", json.dumps([column, choice.visualizer])[1:-1] + settings))
        pairs += [("add", f"{json.dumps(name)} {by}") for name, by in self.derived.items()]
        for name, part in _LISTS.items():
            pairs += [(name, column) for column in getattr(self, part)]
        pairs += [("width", f"{width} {column}") for column, width in sorted(self.widths.items())]
        pairs += [("height", str(self.height))] if self.height is not None else []
        pairs += [("layout", self.layout)] if self.layout != "table" else []
        pairs += [("nest", "1")] if self.nested else []
        pairs += [("unfold", path) for path in self.unfolded]
        pairs += [("within", self.within)] if self.within is not None else []
        pairs += [("row", str(self.row))] if self.row is not None else []
        pairs += [("tab", self.tab)] if self.tab != "table" else []
        pairs += [("explode", "1")] if self.exploded else []
        pairs += [("node", self.node)] if self.node is not None else []
        return urlencode(pairs)

    @classmethod
    def from_query(cls, query: str) -> Self:
        """The view that `to_query` wrote; names that it does not know are left aside.

        Raises:
            Invalid: a part cannot be read; the message says which.
        """
        try:
            pairs = parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=MOST_PARTS)
        except ValueError as error:
            raise Invalid(f"the address has too many parts: {error}") from None
        once = dict(pairs)
        every: dict[str, list[str]] = {}
        for name, value in pairs:
            every.setdefault(name, []).append(value)
        document: dict[str, Any] = {"where": once.get("where", ""), "group": every.get("group", [])}
        if once.get("artifact"):
            document["source"] = {"artifact": once["artifact"], "entry": once.get("entry", "")}
        document["compare"] = [
            {"artifact": name, "entry": entry or once.get("entry", "")}
            for name, _, entry in (text.partition("/") for text in every.get("compare", []))
        ]
        document["sort"] = [
            {"by": text[1:] if text[:1] in "+- " else text, "descending": text[:1] == "-"}
            for text in every.get("sort", [])
        ]
        document["key"] = once.get("key")
        document["row"] = once.get("row")
        document["tab"] = once.get("tab", "table")
        document |= {"exploded": once.get("explode", "") == "1", "node": once.get("node")}
        document["choices"] = dict(_choice(text) for text in every.get("show", []))
        document["derived"] = dict(_derived(text) for text in every.get("add", []))
        document |= {part: every.get(name, []) for name, part in _LISTS.items()}
        widths = (text.partition(" ") for text in every.get("width", []))
        document["widths"] = {column: width for width, _, column in widths}
        document["height"] = once.get("height")
        document |= {"nested": once.get("nest", "") == "1", "unfolded": every.get("unfold", [])}
        document |= {"within": once.get("within"), "layout": once.get("layout", "table")}
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise Invalid(f"the address does not hold a view: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    """The first of the faults, with its place."""
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _choice(text: str) -> tuple[str, dict[str, Any]]:
    decoder = json.JSONDecoder()
    try:
        column, end = decoder.raw_decode(text)
        visualizer, stop = decoder.raw_decode(text[end + 1 :].lstrip())
        rest = text[end + 1 :].lstrip()[stop:]
        options = json.loads(rest) if rest else {}
    except ValueError:
        raise Invalid(f"the address does not hold a view: show={text!r} is no choice") from None
    return str(column), {"visualizer": visualizer, "options": options}


def _derived(text: str) -> tuple[str, str]:
    try:
        column, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        raise Invalid(f"the address does not hold a view: add={text!r} is no column") from None
    return str(column), text[end:].strip()
