"""Expressions of MongoDB's language: from the tree of the text to typed nodes, each mistake in place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vitrail.dtypes import DType, List, Number, required
from vitrail.errors import Invalid, QueryError, Span, did_you_mean
from vitrail.query import parameters
from vitrail.query.constants import refusal
from vitrail.query.cursor import is_number
from vitrail.query.expr import (
    Call,
    Expr,
    Field,
    Filter,
    Items,
    Literal,
    Map,
    Record,
    Variable,
)
from vitrail.query.nearest import closest
from vitrail.query.operator import Misfit, operator, operators
from vitrail.query.paths import PathError, resolve
from vitrail.query.plan import Plan
from vitrail.query.soundness import sound
from vitrail.query.syntax import Array, Document, Node, Plain, Regex, Scalar
from vitrail.query.wholes import whole

MOST_REPEATS = 10_000_000

_COMPARISONS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$cmp")


@dataclass(frozen=True)
class Parser:
    """Reads expressions over a plan's rows.

    Attributes:
        plan: what the paths lead into.
        text: the text that was typed; None where the query came as a document.
        scope: the variables that are known, with their types.
        repeats: how often the lists around it have it worked out for each row, as far as that is known.
        lenient: whether a path that leads nowhere reads as null.
        now: what `$$NOW` stands for, to the millisecond.
    """

    plan: Plan
    text: str | None = None
    scope: tuple[tuple[str, DType], ...] = ()
    repeats: int = 1
    lenient: bool = False
    now: dt.datetime = field(default_factory=lambda: _to_millisecond(dt.datetime.now(dt.UTC)))

    def over(self, source: Expr, node: Node, place: str) -> Parser:
        """A parser for what is worked out for each item of a list.

        Raises:
            QueryError: constant lists inside each other repeat it too often.
        """
        repeats = self.repeats * length(source)
        if repeats > MOST_REPEATS:
            message = f"lists inside each other repeat at most {MOST_REPEATS:,} times, got {repeats:,}"
            raise self.fault(message, node, place)
        return replace(self, repeats=repeats)

    def knowing(self, /, **variables: DType) -> Parser:
        """A parser inside which the variables are known too."""
        return replace(self, scope=(*self.scope, *variables.items()))

    def condition(self, node: Node, place: str) -> Expr:
        """An expression that is asked whether it is true.

        Raises:
            QueryError: it makes no sense, or is always true because a `$` was forgotten.
        """
        expr = self.expr(node, place)
        if self.lenient:
            return expr
        if isinstance(node, Document) and not _operator_key(node):
            hint = "write it as an expression, such as {$eq: ['$label', 'cat']}"
            raise self.fault("a document is always true in an expression", node, place, hint=hint)
        if isinstance(node, Array) and not place:
            raise self.fault("a list is always true", node, place)
        if (
            isinstance(expr, Literal)
            and isinstance(expr.value, str)
            and (not place or self.leads(expr.value))
        ):
            raise self.fault("a text is always true", node, place, hint=self.path_hint(expr.value))
        return expr

    def value(self, node: Node, place: str) -> Expr:
        """As `expr`, null in the rows that MongoDB refuses.

        Raises:
            QueryError: it makes no sense.
        """
        return sound(self.expr(node, place))

    def expr(self, node: Node, place: str) -> Expr:
        """The expression that a node stands for.

        Raises:
            QueryError: it makes no sense.
        """
        match node:
            case Scalar(value=str() as value) if value.startswith("$"):
                return self.path(node, value, place)
            case Scalar(value=Regex()):
                hint = "a regular expression stands in $regexMatch, or in a query document"
                raise self.fault("a regular expression is no value", node, place, hint=hint)
            case Scalar():
                return Literal(plain(node))
            case Array(items=items):
                return Items(tuple(self.expr(n, f"{place}[{i}]") for i, n in enumerate(items)))
            case Document() if _operator_key(node):
                return self.operation(node, place)
            case Document(entries=entries):
                return self.record(node, {e.key: e.value for e in entries}, place)
        raise self.fault("this is no expression", node, place)

    def record(self, node: Node, parts: dict[str, Node], place: str) -> Expr:
        """A document written out."""
        for name in parts:
            if name.startswith("$"):
                raise self.fault(f"the operator {name} stands among plain keys", node, place)
            if "." in name:
                raise self.fault(f"the key {name!r} has a dot", node, place)
        values = [(name, self.expr(value, _dot(place, name))) for name, value in parts.items()]
        return self.born(node, place, lambda: Record(tuple(values)))

    def operation(self, node: Document, place: str) -> Expr:
        """An operator with its arguments."""
        entry = node.entries[0]
        here = _dot(place, entry.key)
        if len(node.entries) > 1:
            other = node.entries[1]
            message = f"{entry.key} stands alone in its document, found {other.key!r} beside it"
            raise QueryError(message, span=other.span, path=here)
        form = parameters.FORMS.get(entry.key)
        if form is not None:
            return form(self, entry.value, here)
        try:
            known = operator(entry.key)
        except QueryError as error:
            hint = closest(entry.key, [*operators(), *parameters.FORMS])
            raise QueryError(str(error), span=entry.span, path=here, hint=hint) from None
        named = known.named and isinstance(entry.value, Document) and not _operator_key(entry.value)
        if named and isinstance(entry.value, Document):
            nodes = self.named(entry.value, known.named, known.least, here, known.defaults)
            places = [f"{here}.{name}" for name in known.named]
        elif isinstance(entry.value, Array):
            nodes = list(entry.value.items)
            places = [f"{here}[{i}]" for i in range(len(nodes))]
        else:
            nodes, places = [entry.value], [here]
        if not named and known.positional is not None and len(nodes) > known.positional:
            wanted = f"a document with {', '.join(known.named)}" if known.named else "one argument"
            raise self.fault(f"{entry.key} takes {wanted}", entry.value, here)
        args = tuple(self.expr(n, at) for n, at in zip(nodes, places, strict=False))
        if entry.key in _COMPARISONS:
            self.refuse_bare_words(nodes, args, places)
        if entry.key in ("$and", "$or", "$not"):
            for n, at in zip(nodes, places, strict=True):
                self.condition(n, at)
        made = self.born(node, here, lambda: Call(entry.key, args), nodes)
        refused = refusal(made) if isinstance(made, Call) else ""
        if refused:
            raise self.fault(refused, node, here)
        return made

    def named(
        self,
        node: Document,
        names: tuple[str, ...],
        least: int,
        place: str,
        defaults: Mapping[str, Any] | None = None,
    ) -> list[Node]:
        """The arguments of an operator that takes a document, in order."""
        for entry in node.entries:
            if entry.key not in names:
                known = did_you_mean(entry.key, names)
                message = f"{_last(place)} has no parameter {entry.key!r}{known}"
                raise QueryError(message, span=entry.span, path=place)
        given: dict[str, Node] = {entry.key: entry.value for entry in node.entries}
        for name in names[:least]:
            if name not in given:
                raise self.fault(f"{_last(place)} needs the parameter {name!r}", node, place)
        given = {name: Scalar(node.span, value) for name, value in (defaults or {}).items()} | given
        return [given[name] for name in names if name in given]

    def path(self, node: Node, value: str, place: str) -> Expr:
        """What `$a.b` or `$$name.b` leads to."""
        if value.startswith("$$"):
            return self.variable(node, value[2:].split("."), place)
        segments = tuple(value[1:].split("."))
        if not all(segments):
            raise self.fault(f"{value!r} is no path", node, place, hint="write '$column.part'")
        row = whole(self.plan, segments)
        if row is not None:
            return row
        try:
            column, used = resolve(self.plan, segments)
        except PathError as error:
            if self.lenient:
                return Literal(None)
            piece = self.piece(node, value, error.segment)
            hint = f"write '${value}' for the variable" if segments[0] in dict(self.scope) else ""
            raise self.fault(str(error), node, place, within=piece, hint=hint) from None
        return self.parts(node, value, column, list(segments), used=used, place=place)

    def variable(self, node: Node, segments: list[str], place: str) -> Expr:
        """What a variable, or a part of it, leads to."""
        name, *rest = segments
        if not all(segments):
            raise self.fault("this is no path", node, place, hint="write '$$name.part'")
        if name in ("ROOT", "CURRENT") and rest:
            return self.path(node, "$" + ".".join(rest), place)
        if name in ("ROOT", "CURRENT"):
            return self.root()
        if name == "REMOVE" and not rest:
            return Literal(None)
        if name == "NOW" and not rest:
            return Literal(self.now)
        known = dict(self.scope)
        if name not in known:
            there = f"; there are: {', '.join('$$' + n for n in known)}" if known else "; there are none"
            raise self.fault(f"no variable '$${name}'{there}", node, place)
        value = "$$" + ".".join(segments)
        return self.parts(node, value, Variable(name, known[name]), segments, used=1, place=place)

    def root(self) -> Record:
        """The whole row."""
        names = [column for column, _ in self.plan.dtype.columns or ()]
        return Record(tuple((column, resolve(self.plan, (column,))[0]) for column in names))

    def parts(
        self, node: Node, value: str, expr: Expr, segments: list[str], *, used: int, place: str
    ) -> Expr:
        """The parts of a value that the segments after the first `used` lead to."""
        for index in range(used, len(segments)):
            try:
                expr = Field(expr, segments[index])
            except QueryError as error:
                if self.lenient:
                    listed = isinstance(required(expr.dtype), List)
                    return Filter(expr, "none of them", Literal(False)) if listed else Literal(None)
                piece = self.piece(node, value, index)
                raise self.fault(str(error), node, place, within=piece) from None
        return expr

    def piece(self, node: Node, value: str, index: int) -> Span | None:
        """The place of one segment of a path in the text."""
        span = node.span
        if span is None or self.text is None:
            return span
        bare = self.text[span.start : span.stop] == value
        if not bare and self.text[span.start + 1 : span.stop - 1] != value:
            return span
        dollars = len(value) - len(value.lstrip("$"))
        before = value.lstrip("$").split(".")[:index]
        start = span.start + (0 if bare else 1) + dollars + sum(len(segment) + 1 for segment in before)
        return Span(start, start + len(value.lstrip("$").split(".")[index]))

    def born(
        self,
        node: Node,
        place: str,
        make: Callable[[], Expr],
        arguments: list[Node] | None = None,
    ) -> Expr:
        """A node of ours, or its refusal at its place in the text."""
        try:
            return make()
        except Misfit as error:
            guilty = node
            if error.argument is not None and arguments and error.argument < len(arguments):
                guilty = arguments[error.argument]
            raise self.fault(str(error), guilty, place, hint=error.hint) from None
        except QueryError as error:
            raise self.fault(str(error), node, place, hint=error.hint) from None
        except Invalid as error:
            raise self.fault(str(error), node, place) from None

    def fault(
        self, message: str, node: Node, place: str, *, hint: str = "", within: Span | None = None
    ) -> QueryError:
        """An error about a node, which says where it stands."""
        where = f", at {place} ({self.shown(node)})" if place else ""
        return QueryError(message + where, span=within or node.span, path=place, hint=hint)

    def shown(self, node: Node) -> str:
        """A node as it was typed, shortened."""
        if self.text is not None and node.span is not None:
            piece = " ".join(self.text[node.span.start : node.span.stop].split())
        else:
            piece = _written(node)
        return piece if len(piece) <= 60 else piece[:57] + "…"

    def refuse_bare_words(self, nodes: list[Node], args: tuple[Expr, ...], places: list[str]) -> None:
        """An error where a text is compared that was surely meant as a path."""
        if self.lenient:
            return
        for index, arg in enumerate(args):
            if not (isinstance(arg, Literal) and isinstance(arg.value, str)):
                continue
            others = [other for at, other in enumerate(args) if at != index]
            number = any(isinstance(required(other.dtype), Number) for other in others)
            if number and is_number(arg.value) and not self.leads(arg.value):
                message = f"a Number is compared with the text {arg.value!r}"
                hint = f"write {arg.value.strip()} without quotes"
                raise self.fault(message, nodes[index], places[index], hint=hint)
            constant = all(isinstance(other, Literal) for other in others)
            if (number or constant) and self.leads(arg.value):
                message = f"the text {arg.value!r} is compared, not the column of that name"
                hint = self.path_hint(arg.value)
                raise self.fault(message, nodes[index], places[index], hint=hint)

    def leads(self, word: str) -> bool:
        """Whether a text would be a path if it had its `$`."""
        try:
            resolve(self.plan, tuple(word.split(".")))
        except QueryError:
            return False
        return bool(word)

    def path_hint(self, word: str) -> str:
        """What to write where the `$` of a path is missing."""
        return f"write '${word}' for the column" if self.leads(word) else "a path begins with $"

    def constant(self, node: Node, place: str) -> Expr:
        """A value that is taken as it stands: `$literal`, and the right side in a query document."""
        match node:
            case Scalar(value=Regex()):
                raise self.fault("a regular expression is no value", node, place)
            case Scalar():
                return Literal(plain(node))
            case Array(items=items):
                return Items(tuple(self.constant(item, place) for item in items))
            case Document(entries=entries):
                return Record(tuple((e.key, self.constant(e.value, place)) for e in entries))
        raise self.fault("this is no value", node, place)


def plain(node: Scalar) -> Plain:
    """The value of a scalar that is no regular expression."""
    if isinstance(node.value, Regex):
        raise QueryError("a regular expression is no value", span=node.span)
    return node.value


def length(source: Expr) -> int:
    """How many items a list has, where it is a constant; 1 where it is not."""
    match source:
        case Items(items=items):
            return max(1, len(items))
        case Call(name="$range", args=args) if all(isinstance(arg, Literal) for arg in args):
            values = [arg.value for arg in args if isinstance(arg, Literal)]
            whole = [int(value) for value in values if isinstance(value, int | float)]
            return max(1, len(range(*whole))) if len(whole) == len(args) else 1
        case Map(source=inner) | Filter(source=inner):
            return length(inner)
    return 1


def _to_millisecond(moment: dt.datetime) -> dt.datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _operator_key(node: Document) -> bool:
    return bool(node.entries) and node.entries[0].key.startswith("$")


def _dot(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _last(place: str) -> str:
    return next((piece for piece in reversed(place.split(".")) if piece.startswith("$")), place)


def _written(node: Node) -> str:
    match node:
        case Scalar(value=Regex(pattern=pattern, options=options)):
            return f"/{pattern}/{options}"
        case Scalar(value=None | bool() as value):
            return {None: "null", True: "true", False: "false"}[value]
        case Scalar(value=value):
            return repr(value) if isinstance(value, str | int | float) else str(value)
        case Array(items=items):
            return f"[{', '.join(_written(item) for item in items[:5])}]"
        case Document(entries=entries):
            return "{" + ", ".join(f"{e.key}: {_written(e.value)}" for e in entries[:5]) + "}"
    return ""
