"""Tables as training runs leave them, the same at every call: predictions, scores, boxes, pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vitrail.dtypes import Image, List, Number, Struct, Table, Text, Timestamp
from vitrail.layout import arrow_schema, arrow_type
from vitrail.parquet import GROUP_ROWS, PART_GROUPS, write_parts
from vitrail.query.plan import Scan

CLASSES, BOX_CLASSES, SCORES = 1000, 80, 10
SPLITS = ("train", "val", "test")
BEGAN_US = 1_700_000_000_000_000
_VERSION = 2  # raised whenever the same call writes other files
_FLOAT, _WHOLE = Number(integer=False), Number(integer=True)
_BOX = Struct(
    (("class_id", _WHOLE), ("score", _FLOAT), *((name, _FLOAT) for name in ("x0", "y0", "x1", "y1")))
)
NARROW = Table(
    (
        ("id", _WHOLE),
        ("label", Text()),
        ("pred", Text()),
        ("score", _FLOAT),
        ("loss", _FLOAT),
        ("ts", Timestamp(form="instant")),
    )
)
WIDE = Table(
    (
        *(NARROW.columns or ()),
        ("split", Text()),
        *((f"class_{i}", _FLOAT) for i in range(SCORES)),
        ("boxes", List(_BOX)),
        ("image", Image(boxes=(), masks=(), classes=())),
    )
)


def batches(schema: Table, first: int, stop: int, seed: int) -> Iterator[pa.Table]:
    """The rows [first, stop), a row group at a time, in the layout of stored tables."""
    for begin in range(first, stop, GROUP_ROWS):
        count = min(GROUP_ROWS, stop - begin)
        draw = np.random.default_rng((seed, begin))
        columns = _narrow(draw, begin, count)
        if schema is WIDE:
            columns += _wide(draw, count)
        yield pa.Table.from_arrays(columns, schema=arrow_schema(schema))


def _narrow(draw: np.random.Generator, begin: int, count: int) -> list[pa.Array[Any]]:
    ids = np.arange(begin, begin + count)
    label = np.random.default_rng(begin).integers(0, CLASSES, count)  # the same in every version
    guess = np.where(draw.random(count) < 0.8, label, draw.integers(0, CLASSES, count))
    names = pa.array([f"label {i:03}" for i in range(CLASSES)])
    return [
        pa.array(ids),
        names.take(pa.array(label)),
        names.take(pa.array(guess)),
        _floats(draw.random(count, np.float32)),
        _floats(draw.standard_exponential(count, np.float32)),
        pa.array(BEGAN_US + 1_000_000 * ids).cast(arrow_type(Timestamp(form="instant"))),
    ]


def _wide(draw: np.random.Generator, count: int) -> list[pa.Array[Any]]:
    scores = [_floats(draw.random(count, np.float32)) for _ in range(SCORES)]
    split = pa.array(SPLITS).take(pa.array(draw.choice(3, count, p=(0.8, 0.1, 0.1))))
    return [split, *scores, _boxes(draw, count), _pictures(draw, count)]


def _floats(values: Any) -> pa.Array[Any]:
    """What a model gives in 32 bits, stored in 64."""
    return pa.array(values.astype(np.float64))


def _boxes(draw: np.random.Generator, count: int) -> pa.Array[Any]:
    """0 to 8 boxes a row."""
    offsets = np.zeros(count + 1, np.int32)
    np.cumsum(draw.integers(0, 9, count), out=offsets[1:])
    many = int(offsets[-1])
    corners = draw.integers(0, 480, (2, many)).astype(np.float64)
    sizes = draw.integers(8, 160, (2, many))
    places = (*corners, *(corners + sizes))
    kind: Any = arrow_type(_BOX)
    parts = [pa.array(draw.integers(0, BOX_CLASSES, many)), _floats(draw.random(many, np.float32))]
    boxes = pa.StructArray.from_arrays([*parts, *map(pa.array, places)], fields=list(kind))
    return pa.ListArray.from_arrays(pa.array(offsets), boxes, type=arrow_type(List(_BOX)))


def _pictures(draw: np.random.Generator, count: int) -> pa.Array[Any]:
    """References to pictures, each of a digest of its own."""
    text = draw.bytes(32 * count).hex().encode()
    offsets = np.arange(count + 1, dtype=np.int32) * 64
    digests = pa.StringArray.from_buffers(count, pa.py_buffer(offsets.tobytes()), pa.py_buffer(text))
    side = pa.array(np.full(count, 640))
    captions = pa.nulls(count, pa.string())
    kind: Any = arrow_type(Image(boxes=(), masks=(), classes=()))
    parts = [digests, pa.array(["png"]).take(pa.array(np.zeros(count, int))), side, side, captions]
    return pa.StructArray.from_arrays(parts, fields=list(kind))


class Tables:
    """Tables of so many rows each, as files that are kept from run to run; the library of an engine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._paths: dict[str, tuple[Path, ...]] = {}
        self._rows: dict[str, int] = {}

    def add(self, schema: Table, rows: int, seed: int) -> Scan:
        """The plan that reads a table; it is written if it is not there yet."""
        shape = "wide" if schema is WIDE else "narrow"
        name = f"{shape}-{rows}-{seed}-v{_VERSION}"
        folder = self._folder / name
        if not folder.exists():
            self._write(folder, schema, rows, seed)
        self._paths[name] = tuple(sorted(folder.glob("*/*.parquet")))
        self._rows[name] = rows
        return Scan(name, schema, rows)

    def _write(self, folder: Path, schema: Table, rows: int, seed: int) -> None:
        new = folder.with_name(f".new-{folder.name}")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        step = GROUP_ROWS * PART_GROUPS
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(partial(_part, new, schema, rows, seed), range(0, rows, step)))
        new.rename(folder)

    def files(self, digest: str) -> tuple[Path, ...]:
        """The files of a table."""
        return self._paths[digest]

    def offsets(self, digest: str) -> tuple[int, ...]:
        """The number of rows before each of a table's files."""
        return tuple(range(0, self._rows[digest], GROUP_ROWS * PART_GROUPS))

    def size_bytes(self, digest: str) -> int:
        """What the files take on disk."""
        return sum(path.stat().st_size for path in self._paths[digest])


def _part(folder: Path, schema: Table, rows: int, seed: int, first: int) -> None:
    stop = min(first + GROUP_ROWS * PART_GROUPS, rows)
    own = folder / f"{first:012}"
    own.mkdir()
    wide = WIDE if schema == WIDE else NARROW  # a process has a copy of its own
    write_parts(wide, batches(wide, first, stop, seed), own)


def place(schema: Table, name: str) -> str:
    """What a column is called in the files."""
    return f"c{[known for known, _ in schema.columns or ()].index(name)}"
