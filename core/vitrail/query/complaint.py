"""What MongoDB would refuse in a row, and is read as null here: counted, so that the reader is told."""

from __future__ import annotations

from vitrail.query.expr import Call, Expr, Field, Filter, Items, Let, Literal, Map, Record, Reduce
from vitrail.query.operator import Complaint, applied, operator


def complaints(expr: Expr) -> tuple[Complaint, ...]:
    """Errors of single rows that were read as null: (text, an expression true for the rows concerned).

    A division that `$cond`, `$ifNull` or `$and` guards is no complaint. Inside `$filter` and `$map` a row
    is concerned if any of its items is; inside `$reduce` nothing is looked for.

    >>> from vitrail.dtypes import List, Number, Optional
    >>> from vitrail.query.expr import Column
    >>> [text for text, _ in complaints(Call("$size", (Column("x", None, Optional(List(Number(True)))),)))]
    ['$size of null']
    """
    merged: dict[str, list[Expr]] = {}
    for text, when in _found(expr):
        merged.setdefault(text, []).append(when)
    return tuple(
        (text, whens[0] if len(whens) == 1 else Call("$or", tuple(whens)))
        for text, whens in merged.items()
    )


def _found(expr: Expr) -> list[Complaint]:
    match expr:
        case Field(source=source):
            return _found(source)
        case Items(items=items):
            return [found for item in items for found in _found(item)]
        case Record(parts=parts):
            return [found for _, value in parts for found in _found(value)]
        case Call(name="$cond", args=(test, yes, no)):
            return [
                *_found(test),
                *((text, Call("$and", (test, when))) for text, when in _found(yes)),
                *((text, Call("$and", (Call("$not", (test,)), when))) for text, when in _found(no)),
            ]
        case Call(name="sound", args=(_, value)):
            return _found(value)
        case Call(name="$and" | "$or" as name, args=args):
            return _in_turn(args, until=name == "$or")
        case Call(name="$switch", args=args):
            return [*_switched(args), *operator("$switch").complaints(args)]
        case Call(name="$ifNull", args=(first, *rest)):
            missing = Call("$eq", (first, Literal(None)))
            later = [found for value in rest for found in _found(value)]
            return [*_found(first), *((text, Call("$and", (missing, when))) for text, when in later)]
        case Call(name=name, args=args):
            inner = [found for arg in args for found in _found(arg)]
            return [*inner, *applied(name, args).complaints(args)]
        case Filter(source=source, name=name, condition=body) | Map(source=source, name=name, body=body):
            return [
                *_found(source),
                *((text, _any(source, name, when)) for text, when in _found(body)),
            ]
        case Let(variables=variables, body=body):
            return [
                *(found for _, value in variables for found in _found(value)),
                *((text, Let(variables, when)) for text, when in _found(body)),
            ]
        case Reduce(source=source, initial=initial):
            return [*_found(source), *_found(initial)]
    return []


def _in_turn(args: tuple[Expr, ...], *, until: bool) -> list[Complaint]:
    """A condition counts where all before it are true, of `$or` where none of them is."""
    found: list[Complaint] = []
    before: list[Expr] = []
    for arg in args:
        found += (
            (text, Call("$and", (*before, when)) if before else when) for text, when in _found(arg)
        )
        before.append(Call("$not", (arg,)) if until else arg)
    return found


def _switched(args: tuple[Expr, ...]) -> list[Complaint]:
    """A branch counts where its case is the first that is true, the default where none is."""
    found: list[Complaint] = []
    before: tuple[Expr, ...] = ()
    for place in range(0, len(args) - 1, 2):
        case, then = args[place : place + 2]
        here = (case, Call("$not", (Call("$or", before),)))
        found += ((text, Call("$and", (here[1], when))) for text, when in _found(case))
        found += ((text, Call("$and", (*here, when))) for text, when in _found(then))
        before = (*before, case)
    if len(args) % 2:
        none = Call("$not", (Call("$or", before),))
        found += ((text, Call("$and", (none, when))) for text, when in _found(args[-1]))
    return found


def _any(source: Expr, name: str, when: Expr) -> Expr:
    return Call("any", (Map(source, name, when),))
