"""Parts of documents of several kinds: kept, left out and written, by their path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import DType, Mixed, optional
from vitrail.query import mixing
from vitrail.query.build import Tree
from vitrail.query.operator import Args, define

if TYPE_CHECKING:
    from vitrail.query.lower import Lowering

ANY = optional(Mixed())


def _type(_args: Args) -> DType:
    return ANY


def _on_documents(name: str, function: str) -> None:
    def lower(lowering: Lowering, args: Args) -> Tree:
        trees = [lowering.as_type(arg, Mixed()) for arg in args]
        return mixing.call(lowering, function, trees, ANY)

    define(name, (1, None), _type, lower)


_on_documents("keep parts", "keep")
_on_documents("drop parts", "drop")
_on_documents("write part", "write")
_on_documents("lowest", "lowest")
_on_documents("highest", "highest")
_on_documents("is full", "is full")
_on_documents("inside", "inside")
