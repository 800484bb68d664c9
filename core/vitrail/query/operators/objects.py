"""$getField $setField $unsetField $mergeObjects $objectToArray $arrayToObject: documents and their parts.

A document whose keys are known stays a Struct; one whose keys are data is of several kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import DType, Image, List, Mixed, Nothing, Struct, Text, optional, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Literal
from vitrail.query.mixing import call
from vitrail.query.operator import Args, Complaint, Misfit, define, said
from vitrail.query.operators.checks import null_of
from vitrail.query.value_types import common, item_type, like, nullable

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

Parts = tuple[tuple[str, DType], ...]


def parts_of(dtype: DType) -> Parts | None:
    """The parts of a document by name; None of what is no document."""
    inner = required(dtype)
    if isinstance(inner, Image):
        inner = inner.record
    return inner.parts if isinstance(inner, Struct) else None


def _documents(name: str, args: Args, places: tuple[int, ...]) -> None:
    for place in places:
        inner = required(args[place].dtype)
        if parts_of(inner) is None and not isinstance(inner, Nothing):
            raise Misfit(f"{name} needs a Struct, got {said(inner)}", argument=place)


def _name(args: Args) -> str:
    return str(args[0].value) if isinstance(args[0], Literal) else ""


def _get_type(args: Args) -> DType:
    for name, dtype in parts_of(args[1].dtype) or ():
        if name == _name(args):
            return like(args[1].dtype, dtype)
    return Nothing()


def _get(lowering: Lowering, args: Args) -> Tree:
    for place, (name, _) in enumerate(parts_of(args[1].dtype) or ()):
        if name == _name(args):
            return b.part(lowering.sql(args[1]), f"f{place}")
    return b.cast(b.NULL(), "INTEGER")


define("$getField", (2, 2), _get_type, _get)


def _with(parts: Parts, name: str, dtype: DType) -> Parts:
    if name in dict(parts):
        return tuple((known, dtype if known == name else kind) for known, kind in parts)
    return (*parts, (name, dtype))


def _set_type(args: Args) -> DType:
    _documents("$setField", args, (1,))
    parts = parts_of(args[1].dtype)
    if parts is None:
        return Nothing()
    return like(args[1].dtype, Struct(_with(parts, _name(args), args[2].dtype)))


def _set(lowering: Lowering, args: Args) -> Tree:
    parts = parts_of(args[1].dtype)
    if parts is None:
        return b.cast(b.NULL(), "INTEGER")
    wanted, name, new = _with(parts, _name(args), args[2].dtype), _name(args), lowering.sql(args[2])

    def written(v: Tree) -> Tree:
        kept = {known: b.part(v.copy(), f"f{i}") for i, (known, _) in enumerate(parts)}
        made = b.struct(
            {f"f{i}": new if part == name else kept[part] for i, (part, _) in enumerate(wanted)}
        )
        return b.case((b.not_null(v), made)) if nullable(args[1]) else made

    return lowering.let(lowering.sql(args[1]), written)


define("$setField", (3, 3), _set_type, _set)


def _unset_type(args: Args) -> DType:
    _documents("$unsetField", args, (1,))
    parts = parts_of(args[1].dtype)
    if parts is None:
        return Nothing()
    return _kept(like(args[1].dtype, Struct(_without(parts, _name(args)))))


def _without(parts: Parts, name: str) -> Parts:
    return tuple(part for part in parts if part[0] != name)


def _kept(dtype: DType) -> DType:
    """No document without any part can be stored, so it is of several kinds."""
    return dtype if parts_of(dtype) else like(dtype, Mixed())


def _unset(lowering: Lowering, args: Args) -> Tree:
    parts = parts_of(args[1].dtype)
    if parts is None:
        return b.cast(b.NULL(), "INTEGER")
    kept = [i for i, (name, _) in enumerate(parts) if name != _name(args)]

    def rest(v: Tree) -> Tree:
        made = b.struct({f"f{i}": b.part(v.copy(), f"f{k}") for i, k in enumerate(kept)})
        return b.case((b.not_null(v), made if kept else b.text("{}")))

    return lowering.let(lowering.sql(args[1]), rest)


define("$unsetField", (2, 2), _unset_type, _unset)


def _merged_parts(args: Args) -> Parts:
    found: dict[str, list[DType]] = {}
    for arg in args:
        for name, dtype in parts_of(arg.dtype) or ():
            # a document that is null leaves the part as it was before
            before = found.get(name, [Nothing()]) if nullable(arg) else []
            found[name] = [*before, dtype]
    return tuple((name, common(dtypes)) for name, dtypes in found.items())


def _merge_type(args: Args) -> DType:
    _documents("$mergeObjects", args, tuple(range(len(args))))
    parts = _merged_parts(args)
    return Struct(parts) if parts else Mixed()


def _merge(lowering: Lowering, args: Args) -> Tree:
    parts = _merged_parts(args)
    if not parts:
        return b.text("{}")
    used = [(arg, parts_of(arg.dtype) or ()) for arg in args if parts_of(arg.dtype)]
    packed = b.struct({f"a{i}": lowering.sql(arg) for i, (arg, _) in enumerate(used)})

    def merged(v: Tree) -> Tree:
        values: dict[str, Tree] = {}
        for place, (arg, mine) in enumerate(used):
            whole = b.part(v.copy(), f"a{place}")
            for at, (name, dtype) in enumerate(mine):
                wanted = dict(parts)[name]
                value = lowering.widen(b.part(whole.copy(), f"f{at}"), dtype, wanted)
                if nullable(arg):
                    before = values.get(name, null_of(wanted))
                    value = b.case((b.not_null(whole), value), default=before.copy())
                values[name] = value
        return b.struct({f"f{i}": values[name] for i, (name, _) in enumerate(parts)})

    return lowering.let(packed, merged)


define("$mergeObjects", (0, None), _merge_type, _merge)


def _pair(parts: Parts) -> Struct:
    return Struct((("k", Text()), ("v", common([dtype for _, dtype in parts]))))


def _to_pairs_type(args: Args) -> DType:
    _documents("$objectToArray", args, (0,))
    parts = parts_of(args[0].dtype)
    return Nothing() if parts is None else like(args[0].dtype, List(_pair(parts)))


def _to_pairs(lowering: Lowering, args: Args) -> Tree:
    parts = parts_of(args[0].dtype)
    if parts is None:
        return b.cast(b.NULL(), "INTEGER")
    wanted = dict(_pair(parts).parts or ())["v"]

    def pairs(v: Tree) -> Tree:
        listed = [
            b.struct(
                {
                    "f0": lowering.bind(name),
                    "f1": lowering.widen(b.part(v.copy(), f"f{i}"), dtype, wanted),
                }
            )
            for i, (name, dtype) in enumerate(parts)
        ]
        return b.case((b.not_null(v), b.cast(b.array(*listed), b.duck_type(List(_pair(parts))))))

    return lowering.let(lowering.sql(args[0]), pairs)


define("$objectToArray", (1, 1), _to_pairs_type, _to_pairs)


def _from_pairs_type(args: Args) -> DType:
    item = required(item_type("$arrayToObject", args[0]))
    parts = parts_of(item)
    fits = isinstance(item, Nothing) or (
        {name for name, _ in parts} == {"k", "v"} and isinstance(required(dict(parts)["k"]), Text)
        if parts is not None
        else isinstance(item, List) and isinstance(required(item.item), Text)
    )
    if not fits:
        hint = "write [['a', 1], ['b', 2]] or [{k: 'a', v: 1}, {k: 'b', v: 2}]"
        raise Misfit("$arrayToObject needs pairs of a text and a value", argument=0, hint=hint)
    return optional(Mixed())


def _from_pairs(lowering: Lowering, args: Args) -> Tree:
    return call(lowering, "$arrayToObject", [lowering.as_type(args[0], Mixed())], Mixed())


def _from_pairs_complaints(args: Args) -> tuple[Complaint, ...]:
    from vitrail.query.expr import Call

    text = "$arrayToObject of an item that is no pair of key and value"
    return ((text, Call("refuses", (Literal("$arrayToObject"), *args))),)


define("$arrayToObject", (1, 1), _from_pairs_type, _from_pairs, complaints=_from_pairs_complaints)
