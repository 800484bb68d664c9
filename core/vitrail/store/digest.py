"""Digests, and the one form in which a document is written so that it has one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vitrail.errors import Invalid

_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_of(content: bytes) -> str:
    """SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_digest(text: object) -> bool:
    """Whether this is the hexadecimal form of a SHA-256."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def canonical(document: Any) -> bytes:
    """A JSON document in its canonical form: keys in order, no spaces, UTF-8.

    Raises:
        Invalid: it holds something that JSON cannot, or text that is no Unicode.
    """
    try:
        text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"the document cannot be written as JSON: {error}") from None


def plain(value: Any, place: str) -> Any:
    """A guest's value as a JSON document: tuples as lists, numbers of other libraries as our own.

    Args:
        value: text, a number, a truth value, None, or dicts and lists of these.
        place: what it is, for the message.

    Raises:
        Invalid: a part is something else; the message says where it is.
    """
    match value:
        case bool() | int() | float() | str() | None:
            return value
        case dict():
            for key in value:
                if not isinstance(key, str):
                    raise Invalid(f"the keys of {place} are text, not {key!r:.200}")
            return {key: plain(part, f"{place}[{key!r}]") for key, part in value.items()}
        case list() | tuple():
            return [plain(part, f"{place}[{number}]") for number, part in enumerate(value)]
        case Path():
            return str(value)
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        return plain(value.item(), place)
    raise Invalid(
        f"{place} is {type(value).__name__}, which cannot be kept; "
        f"it may hold text, numbers, true and false, None, lists and dicts{_advice(value)}"
    )


def settings(value: Any, place: str) -> dict[str, Any]:
    """A guest's dict, or the attributes of an object such as argparse's `Namespace`, as a document.

    Raises:
        Invalid: it is neither, or a part of it cannot be kept.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        if not hasattr(value, "__dict__"):
            raise Invalid(f"{place} is a dict of name → value, not {value!r:.200}")
        value = vars(value)
    document: dict[str, Any] = plain(dict(value), place)
    return document


def _advice(value: Any) -> str:
    library = type(value).__module__.partition(".")[0]
    if library in ("pandas", "polars", "pyarrow"):
        return "; a frame is vt.Table(dataframe=frame)"
    if library == "PIL":
        return "; a picture is vt.Image(picture)"
    if library == "vitrail":
        return "; several pictures are a column of a vt.Table"
    return "; write values.tolist()" if hasattr(value, "tolist") else ""
