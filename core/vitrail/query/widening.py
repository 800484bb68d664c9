"""Values in the storage of a wider type, as SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import DType, List, Mixed, Nothing, Number, Struct, required
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.mixing import mixing

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering


def widened(lowering: Lowering, tree: Tree, dtype: DType, to: DType) -> Tree:
    """SQL of type `dtype` in the storage of the wider type `to`."""
    if isinstance(required(to), Mixed):
        return mixing(lowering, tree, dtype)
    match required(dtype), required(to):
        case (Nothing(), Nothing()):
            return tree
        case (Nothing(), wanted):
            return b.cast(tree, b.duck_type(wanted))
        case (Number(integer=True), Number(integer=False)):
            return b.cast(tree, "DOUBLE")
        case (List(Nothing()), List(wanted)):
            return b.cast(tree, f"{b.duck_type(wanted)}[]")
        case (List(item), List(wanted)) if _storage(item) != _storage(wanted):
            return lowering.each("list_transform", tree, lambda v: widened(lowering, v, item, wanted))
        case (Struct(), Struct(parts=tuple(parts))) if _storage(dtype) != _storage(to):
            return lowering.let(tree, lambda v: _repacked(lowering, v, dtype, parts))
    return tree


def _repacked(
    lowering: Lowering, tree: Tree, dtype: DType, parts: tuple[tuple[str, DType], ...]
) -> Tree:
    inside: dict[str, Tree] = {}
    for place, (name, wanted) in enumerate(parts):
        known = required(dtype).field(name)
        inside[f"f{place}"] = (
            b.cast(b.NULL(), b.duck_type(wanted))
            if known is None
            else widened(lowering, b.part(tree.copy(), known[1]), known[0], wanted)
        )
    return b.case((b.not_null(tree), b.struct(inside)))


def _storage(dtype: DType) -> str:
    """What tells apart how two types are stored."""
    match required(dtype):
        case Mixed():
            return "MIXED"
        case List(item):
            return f"{_storage(item)}[]"
        case Struct(parts=tuple(parts)):
            return f"({','.join(f'{name!r} {_storage(part)}' for name, part in parts)})"
    try:
        return b.duck_type(dtype) + (",".join(required(dtype).field_names))
    except Invalid:
        return str(dtype)
