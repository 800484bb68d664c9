"""$setWindowFields $fill $densify: rows beside other rows of their series."""

from __future__ import annotations

import math

from vitrail.dtypes import Nothing, Number, Timestamp, required
from vitrail.errors import QueryError, did_you_mean
from vitrail.query.expr import Call, Column, Expr, Items, Literal, Record
from vitrail.query.gather import By, Frame, Gather, accumulators
from vitrail.query.nearest import closest
from vitrail.query.operator import Misfit
from vitrail.query.parser import Parser
from vitrail.query.plan import Plan
from vitrail.query.stages.basic import order
from vitrail.query.stages.grouping import accumulated
from vitrail.query.stages.paths import fresh, placed, reached, values_of
from vitrail.query.stages.pipeline import Stage, stage
from vitrail.query.steps import Densified, Project, Windowed
from vitrail.query.syntax import Array, Document, Entry, Node, Scalar
from vitrail.query.value_types import common

_UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")
_NULL = Literal(None)
_NUMBERED = ("$rank", "$denseRank")
Window = tuple[str, Gather, Frame]


@stage("$setWindowFields")
def _windows(stage: Stage, node: Node, place: str) -> Plan:
    given = stage.parameters(node, place, ("partitionBy", "sortBy", "output"))
    if "output" not in given:
        raise stage.fault("$setWindowFields needs the parameter 'output'", node, place)
    partition = None
    if "partitionBy" in given:
        partition = stage.parser.expr(given["partitionBy"], f"{place}.partitionBy")
    by: By = ()
    if "sortBy" in given:
        by = order(stage.parser, given["sortBy"], f"{place}.sortBy")
    output = given["output"]
    if not isinstance(output, Document):
        raise stage.fault("output is a document of columns", output, f"{place}.output")
    reader = Windows(stage.parser, by, given.get("sortBy"))
    values: list[tuple[tuple[str, ...], Window]] = []
    for index, entry in enumerate(output.entries):
        here = f"{place}.output.{entry.key}"
        path = tuple(entry.key.split("."))
        if not all(path) or any(segment.startswith("$") for segment in path):
            raise QueryError(f"{entry.key!r} is no column's name", span=entry.span, path=here)
        values.append((path, (f"window {index}", *reader.read(entry, here))))
    return placed_windows(stage.plan, partition, by, values)


def placed_windows(
    plan: Plan, partition: Expr | None, by: By, values: list[tuple[tuple[str, ...], Window]]
) -> Plan:
    """The rows with what windows give, each where a path leads."""
    if not values:
        return plan
    named = [(path, (fresh(plan, name), gather, frame)) for path, (name, gather, frame) in values]
    windowed = Windowed(plan, partition, by, tuple(window for _, window in named))
    found = values_of(plan)
    for path, (name, _, _) in named:
        found = placed(windowed, path, Column(name, None, windowed.column(name)), found)
    return Project(windowed, tuple(found.items()))


class Windows:
    """Reads the functions of windows over rows in an order."""

    def __init__(self, parser: Parser, by: By, sort: Node | None) -> None:
        self.parser, self.by = parser, by
        self.keys = len(sort.entries) if isinstance(sort, Document) else 0

    def read(self, entry: Entry, place: str) -> tuple[Gather, Frame]:
        """One column: a function and its window."""
        if not isinstance(entry.value, Document):
            message = f"{entry.key!r} needs a document such as {{$sum: '$score'}}"
            raise self.parser.fault(message, entry.value, place)
        window = entry.value.get("window")
        others = [one for one in entry.value.entries if one.key != "window"]
        if len(others) != 1:
            raise self.parser.fault(f"{entry.key!r} needs one function", entry.value, place)
        (one,) = others
        known = accumulators("window")
        if one.key not in known:
            hint = closest(one.key, known)
            message = f"no window function {one.key!r}"
            raise QueryError(message, span=one.span, path=f"{place}.{one.key}", hint=hint)
        if known[one.key].sorted and not self.by:
            raise self.parser.fault(f"{one.key} needs sortBy", one.value, f"{place}.{one.key}")
        if one.key in _NUMBERED and self.keys != 1:
            raise self.parser.fault(f"{one.key} needs one key to sort by", one.value, place)
        if window is not None and not known[one.key].framed:
            raise self.parser.fault(f"{one.key} takes no window", window, f"{place}.window")
        frame = self.frame(window, f"{place}.window")
        return self.gather(one, place, window), frame

    def gather(self, entry: Entry, place: str, window: Node | None) -> Gather:
        """A function with its arguments."""
        here = f"{place}.{entry.key}"
        try:
            match entry.key:
                case "$shift":
                    return self._shift(entry, here)
                case "$expMovingAvg":
                    return self._average(entry, here)
                case "$derivative" | "$integral":
                    if window is None and entry.key == "$derivative":
                        raise self.parser.fault("$derivative needs a window", entry.value, here)
                    return self._slope(entry, here)
                case "$covariancePop" | "$covarianceSamp":
                    items = entry.value.items if isinstance(entry.value, Array) else ()
                    if len(items) != 2:
                        message = f"{entry.key} takes two values in a list"
                        raise self.parser.fault(message, entry.value, here)
                    pair = tuple(self.parser.expr(item, here) for item in items)
                    return Gather(entry.key, pair)
                case "$linearFill":
                    value = self.parser.expr(entry.value, here)
                    return Gather(entry.key, (value, self.key(entry.value, here)))
        except Misfit as error:
            raise self.parser.fault(str(error), entry.value, here, hint=error.hint) from None
        return accumulated(self.parser, entry, place, "window", None)

    def key(self, node: Node, place: str) -> Expr:
        """The one key that the rows are sorted by, as a number or a time."""
        if len(self.by) != 1 or self.by[0][1]:
            raise self.parser.fault("one key in rising order is needed in sortBy", node, place)
        value = self.by[0][0]
        if not isinstance(required(value.dtype), Number | Timestamp | Nothing):
            raise self.parser.fault("the key in sortBy is a number or a time", node, place)
        return value

    def _parameters(
        self, entry: Entry, place: str, names: tuple[str, ...], least: int
    ) -> dict[str, Node]:
        if not isinstance(entry.value, Document):
            message = f"{entry.key} takes a document with {', '.join(names)}"
            raise self.parser.fault(message, entry.value, place)
        self.parser.named(entry.value, names, least, place)
        return {one.key: one.value for one in entry.value.entries}

    def _shift(self, entry: Entry, place: str) -> Gather:
        given = self._parameters(entry, place, ("output", "by", "default"), 2)
        value = given["by"].value if isinstance(given["by"], Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or value % 1:
            raise self.parser.fault("by is a whole number", given["by"], f"{place}.by")
        output = self.parser.expr(given["output"], f"{place}.output")
        default: Expr = _NULL
        if "default" in given:
            default = self.parser.expr(given["default"], f"{place}.default")
            if not is_constant(default):
                raise self.parser.fault("default is a constant", given["default"], f"{place}.default")
        return Gather("$shift", (output, Literal(int(value)), default))

    def _average(self, entry: Entry, place: str) -> Gather:
        given = self._parameters(entry, place, ("input", "N", "alpha"), 1)
        if ("N" in given) == ("alpha" in given):
            raise self.parser.fault("$expMovingAvg takes N or alpha", entry.value, place)
        node = given.get("N") or given["alpha"]
        value = node.value if isinstance(node, Scalar) else None
        number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else value
        if "N" in given and not (number >= 1 and number % 1 == 0):
            raise self.parser.fault("N is a whole number, 1 or more", node, f"{place}.N")
        if "alpha" in given and not 0 < number < 1:
            raise self.parser.fault("alpha lies between 0 and 1", node, f"{place}.alpha")
        weight = 2 / (number + 1) if "N" in given else number
        return Gather("$expMovingAvg", (self.parser.expr(given["input"], place), Literal(float(weight))))

    def _slope(self, entry: Entry, place: str) -> Gather:
        given = self._parameters(entry, place, ("input", "unit"), 1)
        key = self.key(entry.value, place)
        time = isinstance(required(key.dtype), Timestamp)
        unit = self.unit(given.get("unit"), f"{place}.unit", _UNITS[:6])
        if time and unit is None and entry.key == "$derivative":
            raise self.parser.fault("a derivative by time needs a unit", entry.value, place)
        if unit is not None and not time:
            raise self.parser.fault("a unit stands with a time in sortBy", given["unit"], place)
        value = self.parser.expr(given["input"], f"{place}.input")
        return Gather(entry.key, (value, key, Literal(unit)))

    def unit(self, node: Node | None, place: str, units: tuple[str, ...] = _UNITS) -> str | None:
        """A unit of time; None where it is left out."""
        if node is None:
            return None
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, str) or value not in units:
            raise self.parser.fault(f"no unit {value!r}{did_you_mean(str(value), units)}", node, place)
        return value

    def frame(self, node: Node | None, place: str) -> Frame:
        """Which rows a window holds."""
        if node is None:
            return Frame()
        given = self._window(node, place)
        unit = self.unit(given.get("unit"), f"{place}.unit")
        kind = "documents" if "documents" in given else "range"
        if kind not in given:
            if given:
                raise self.parser.fault("a window has documents or range", node, place)
            return Frame()
        low, high = self._bounds(given[kind], f"{place}.{kind}", whole=kind == "documents")
        if kind == "documents":
            if unit is not None:
                raise self.parser.fault("a unit stands with a range", given["unit"], place)
            if not self.by and (low is not None or high is not None):
                raise self.parser.fault("a window of documents needs sortBy", node, place)
            return Frame(kind, low, high)
        time = isinstance(required(self.key(node, place).dtype), Timestamp)
        bounded = any(value not in (None, 0) for value in (low, high))
        if time and unit is None and bounded:
            raise self.parser.fault("a range of times needs a unit", node, place)
        if unit is not None and not time:
            raise self.parser.fault("a unit stands with a time in sortBy", given["unit"], place)
        return Frame(kind, low, high, unit)

    def _window(self, node: Node, place: str) -> dict[str, Node]:
        if not isinstance(node, Document):
            raise self.parser.fault("window is a document with documents or range", node, place)
        self.parser.named(node, ("documents", "range", "unit"), 0, place)
        given = {entry.key: entry.value for entry in node.entries}
        if "documents" in given and "range" in given:
            raise self.parser.fault("a window has documents or range, not both", node, place)
        return given

    def _bounds(self, node: Node, place: str, *, whole: bool) -> tuple[float | None, float | None]:
        if not isinstance(node, Array) or len(node.items) != 2:
            raise self.parser.fault("the bounds are a list of two", node, place)
        low, high = (self._bound(item, place, whole=whole) for item in node.items)
        first, last = -math.inf if low is None else low, math.inf if high is None else high
        if first > last:
            raise self.parser.fault("the lower bound lies above the upper one", node, place)
        return low, high

    def _bound(self, node: Node, place: str, *, whole: bool) -> float | None:
        value = node.value if isinstance(node, Scalar) else None
        if value == "unbounded":
            return None
        if value == "current":
            return 0
        if isinstance(value, bool) or not isinstance(value, int | float) or (whole and value % 1):
            message = "a bound is 'unbounded', 'current' or a number"
            raise self.parser.fault(message, node, place)
        return int(value) if whole else value


def is_constant(expr: Expr) -> bool:
    """Whether a value is written out."""
    match expr:
        case Items(items=items):
            return all(map(is_constant, items))
        case Record(parts=parts):
            return all(is_constant(value) for _, value in parts)
    return isinstance(expr, Literal)


@stage("$fill")
def _fill(stage: Stage, node: Node, place: str) -> Plan:
    names = ("output", "partitionBy", "partitionByFields", "sortBy")
    given = stage.parameters(node, place, names, 1)
    if "partitionBy" in given and "partitionByFields" in given:
        raise stage.fault("partitionBy and partitionByFields exclude each other", node, place)
    partition = _partition(stage, given, place)
    by: By = ()
    if "sortBy" in given:
        by = order(stage.parser, given["sortBy"], f"{place}.sortBy")
    output = given["output"]
    if not isinstance(output, Document) or not output.entries:
        raise stage.fault("output is a document of columns", output, f"{place}.output")
    windows: list[tuple[tuple[str, ...], Window]] = []
    values: list[tuple[tuple[str, ...], Expr]] = []
    reader = Windows(stage.parser, by, given.get("sortBy"))
    for index, entry in enumerate(output.entries):
        here = f"{place}.output.{entry.key}"
        path = tuple(entry.key.split("."))
        if not isinstance(entry.value, Document) or len(entry.value.entries) != 1:
            message = "a column is filled by {value: …} or {method: 'linear' or 'locf'}"
            raise stage.fault(message, entry.value, here)
        how = entry.value.entries[0]
        old = reached(stage.parser, path)
        if how.key == "value":
            new = stage.parser.expr(how.value, f"{here}.value")
            values.append((path, _filled(old, new)))
        elif how.key == "method":
            gather = _method(stage, reader, how, old, here)
            windows.append((path, (f"filled {index}", gather, Frame())))
        else:
            message = f"no way {how.key!r} to fill{did_you_mean(how.key, ('value', 'method'))}"
            raise QueryError(message, span=how.span, path=here)
    plan = stage.plan
    if values:
        found = values_of(plan)
        for path, value in values:
            found = placed(plan, path, value, found)
        plan = Project(plan, tuple(found.items()))
    return placed_windows(plan, partition, by, windows)


def _filled(old: Expr, new: Expr) -> Expr:
    if common([old.dtype, new.dtype]) is None:
        new, old = Call("as mixed", (new,)), Call("as mixed", (old,))
    return Call("$ifNull", (old, new))


def _method(stage: Stage, reader: Windows, how: Entry, old: Expr, place: str) -> Gather:
    method = how.value.value if isinstance(how.value, Scalar) else None
    if method not in ("linear", "locf"):
        raise stage.fault("the method is 'linear' or 'locf'", how.value, place)
    if not reader.by:
        raise stage.fault(f"the method {method!r} needs sortBy", how.value, place)
    if method == "locf":
        return Gather("$locf", (old,))
    return Gather("$linearFill", (old, reader.key(how.value, place)))


def _partition(stage: Stage, given: dict[str, Node], place: str) -> Expr | None:
    if "partitionBy" in given:
        return stage.parser.expr(given["partitionBy"], f"{place}.partitionBy")
    if "partitionByFields" not in given:
        return None
    names = _names(stage, given["partitionByFields"], f"{place}.partitionByFields")
    if not names:
        return None
    return Record(tuple((name, reached(stage.parser, tuple(name.split(".")))) for name in names))


def _names(stage: Stage, node: Node, place: str) -> list[str]:
    if not isinstance(node, Array):
        raise stage.fault("a list of columns is wanted", node, place)
    names = []
    for item in node.items:
        name = stage.text(item, place)
        if not name or name.startswith("$"):
            raise stage.fault("a column's name does not begin with $", item, place)
        names.append(name)
    return names


@stage("$densify")
def _densify(stage: Stage, node: Node, place: str) -> Plan:
    given = stage.parameters(node, place, ("field", "partitionByFields", "range"))
    for name in ("field", "range"):
        if name not in given:
            raise stage.fault(f"$densify needs the parameter {name!r}", node, place)
    column = stage.text(given["field"], f"{place}.field")
    partition: tuple[str, ...] = ()
    if "partitionByFields" in given:
        partition = tuple(_names(stage, given["partitionByFields"], f"{place}.partitionByFields"))
    for name in (column, *partition):
        stage.plan.column(name)
    if column in partition:
        raise stage.fault("the field is no series of its own", given["field"], f"{place}.field")
    return _dense(stage, given["range"], f"{place}.range", column, partition)


def _dense(stage: Stage, node: Node, place: str, column: str, partition: tuple[str, ...]) -> Plan:
    reader = Windows(stage.parser, (), None)
    if not isinstance(node, Document):
        raise stage.fault("range is a document with step, bounds, unit", node, place)
    stage.parser.named(node, ("step", "bounds", "unit"), 2, place)
    given = {entry.key: entry.value for entry in node.entries}
    step = given["step"].value if isinstance(given["step"], Scalar) else None
    if isinstance(step, bool) or not isinstance(step, int | float) or not 0 < step < math.inf:
        raise stage.fault("step is a number above 0", given["step"], f"{place}.step")
    unit = reader.unit(given.get("unit"), f"{place}.unit")
    inner = required(stage.plan.column(column))
    if not isinstance(inner, Number | Timestamp):
        raise stage.fault("$densify needs a column of numbers or times", node, place)
    if isinstance(inner, Timestamp) != (unit is not None):
        raise stage.fault("times need a unit, and numbers have none", node, place)
    if unit is not None and step % 1:
        raise stage.fault("a step of times is a whole number", given["step"], f"{place}.step")
    bounds = given["bounds"]
    if isinstance(bounds, Scalar) and bounds.value in ("full", "partition"):
        each = bounds.value == "partition"
        if each and not partition:
            raise stage.fault("bounds of 'partition' need partitionByFields", bounds, place)
        return Densified(stage.plan, column, partition, step, unit, None, each)
    if not isinstance(bounds, Array) or len(bounds.items) != 2:
        raise stage.fault("bounds are 'full', 'partition' or a list of two", bounds, place)
    low, high = (stage.parser.expr(item, f"{place}.bounds") for item in bounds.items)
    for item, bound in zip(bounds.items, (low, high), strict=True):
        if not isinstance(bound, Literal) or not isinstance(required(bound.dtype), type(inner)):
            raise stage.fault("the bounds are constants of the field's type", item, place)
    return Densified(stage.plan, column, partition, step, unit, (low, high), False)
