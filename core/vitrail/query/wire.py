"""Messages between an engine and its workers: a JSON header and some bytes, each with its length before it."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

_LENGTHS = struct.Struct(">QQ")


def send(stream: BinaryIO, header: dict[str, Any], body: bytes | memoryview = b"") -> None:
    """Write one message and flush it."""
    text = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(text), len(body)))
    stream.write(text)
    stream.write(body)
    stream.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Read one message; None at the end of the stream."""
    lengths = _exactly(stream, _LENGTHS.size)
    if lengths is None:
        return None
    text_length, body_length = _LENGTHS.unpack(lengths)
    text = _exactly(stream, text_length)
    body = _exactly(stream, body_length)
    if text is None or body is None:
        return None
    return json.loads(text), body


def _exactly(stream: BinaryIO, length: int) -> bytes | None:
    data = stream.read(length)
    return data if len(data) == length else None
