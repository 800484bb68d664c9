"""Arrow arrays of plain Python values, put together from their bytes.

Arrow's own way from a list imports pandas where that is installed, which takes longer than most tables.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

_NONE = type(None)
_FILLERS: dict[type, Any] = {float: 0.0, int: 0, bool: False, str: ""}
_MOST_BYTES = 2**31 - 1


def plain_array(values: Sequence[Any], kinds: set[type]) -> Any:
    """The Arrow array of numbers, booleans or texts.

    Args:
        values: floats, ints, booleans or texts, or None where one is missing.
        kinds: their Python types.

    Returns:
        an array of double, int64, bool or string; None where the values are others, or of several kinds.

    Raises:
        OverflowError: a whole number does not fit 64 bits, or the texts are longer than 2 GB.
        UnicodeEncodeError: a text is no Unicode.
    """
    present = kinds - {_NONE}
    if len(present) != 1:
        return None
    (kind,) = present
    if kind not in _FILLERS:
        return None
    if _NONE not in kinds:
        return _of_kind(values, kind, None, 0)
    there = [value is not None for value in values]
    filler = _FILLERS[kind]
    filled = [filler if value is None else value for value in values]
    return _of_kind(filled, kind, _bits(there), len(there) - sum(there))


def flags(values: Sequence[bool]) -> Any:
    """The Arrow array of some booleans, none of them missing."""
    import pyarrow as pa

    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(values)])


def integers_of(array: Any) -> Any:
    """The numpy array of an int64 array without missing values, over the same memory."""
    import numpy as np

    buffer = array.buffers()[1]
    if not len(array) or buffer is None:
        return np.zeros(0, np.int64)
    return np.frombuffer(buffer, np.int64, len(array), 8 * array.offset)


def _of_kind(values: Sequence[Any], kind: type, valid: Any, missing: int) -> Any:
    import pyarrow as pa

    arrow: Any
    if kind is str:
        arrow, buffers = pa.string(), _texts(values)
    elif kind is bool:
        arrow, buffers = pa.bool_(), [_bits(values)]
    else:
        arrow = pa.float64() if kind is float else pa.int64()
        buffers = [pa.py_buffer(array("d" if kind is float else "q", values))]
    return pa.Array.from_buffers(arrow, len(values), [valid, *buffers], missing)


def _texts(values: Sequence[str]) -> list[Any]:
    import pyarrow as pa

    joined = "".join(values)
    data = joined.encode()
    if len(data) > _MOST_BYTES:
        raise OverflowError("the texts of one batch are longer than 2 GB")
    pieces: Any = values if len(data) == len(joined) else map(str.encode, values)
    ends = array("i", accumulate(map(len, pieces), initial=0))
    return [pa.py_buffer(ends), pa.py_buffer(data)]


def _bits(flags: Sequence[bool]) -> Any:
    import numpy as np
    import pyarrow as pa

    packed: Any = np.packbits(np.frombuffer(bytes(flags), np.uint8), bitorder="little")
    return pa.py_buffer(packed)
