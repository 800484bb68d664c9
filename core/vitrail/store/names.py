"""What artifacts, their entries, aliases and runs may be called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from vitrail.errors import Invalid

LONGEST = 128
LONGEST_ENTRY = 512
_BYTES = 240  # what file systems take for one name, with room for an ending
_HIDDEN = {"Cc", "Cs", "Zl", "Zp"}
_VERSION = re.compile(r"v\d+")


def artifact_name(name: object, what: str = "an artifact's name") -> str:
    """A name as an artifact or its type may have it.

    Raises:
        Invalid: it may not; the message says what is allowed.
    """
    text = label(name, what)
    for part in ("/", "\\", ":", ".."):
        if part in text:
            raise Invalid(f"{what} holds no {part!r}, but {text!r} does; {_ALLOWED}")
    if text == ".":
        raise Invalid(f"{what} cannot be '.'; {_ALLOWED}")
    return text


_ALLOWED = f"allowed are up to {LONGEST} letters, digits, spaces and signs, but no / \\ : or '..'"


def label(name: object, what: str, longest: int = LONGEST) -> str:
    """A line of text that names something: not empty, no control characters, bounded."""
    if not isinstance(name, str):
        raise Invalid(f"{what} is text, not {name!r:.200}")
    text = str.__str__(name)
    if not text.strip():
        raise Invalid(f"{what} is empty; {_ALLOWED}")
    if text != text.strip():
        raise Invalid(f"{what} begins or ends with a space: {text!r:.200}")
    if len(text) > longest:
        raise Invalid(f"{what} has {len(text)} letters; at most {longest} are allowed")
    for letter in text:
        if unicodedata.category(letter) in _HIDDEN:
            raise Invalid(f"{what} holds {letter!r}, a character that cannot be shown")
    if longest == LONGEST and len(text.encode()) > _BYTES:
        raise Invalid(f"{what} takes {len(text.encode())} bytes; at most {_BYTES} are allowed")
    return text


def entry_name(name: object) -> str:
    """A name as an entry of an artifact may have it: parts between slashes, as in a relative path.

    Raises:
        Invalid: it may not; the message says what is allowed.
    """
    what = "an entry's name"
    text = label(name, what, LONGEST_ENTRY)
    if "\\" in text:
        raise Invalid(f"{what} holds no backslash, but {text!r} does; its parts stand between slashes")
    if text.startswith("/") or re.match(r"[A-Za-z]:", text):
        raise Invalid(f"{what} is relative, not {text!r}")
    for part in text.split("/"):
        if part in ("", ".", ".."):
            raise Invalid(f"no part of {what} may be {part!r}, as in {text!r}")
        if len(part.encode()) > _BYTES:
            raise Invalid(f"a part of {what} takes more than {_BYTES} bytes: {part!r:.100}")
    return text


def alias_name(name: object) -> str:
    """A name as an alias of a version may have it.

    Raises:
        Invalid: it may not, or it looks like a version's own name.
    """
    text = artifact_name(name, "an alias")
    if _VERSION.fullmatch(text):
        raise Invalid(f"the alias {text!r} is reserved: versions themselves are called so")
    return text


def aliases_of(names: Collection[object] | str | None) -> tuple[str, ...]:
    """The aliases that somebody gave, each once and in order."""
    if names is None:
        return ()
    if isinstance(names, str):
        names = [names]
    if not isinstance(names, Iterable):
        raise Invalid(f"aliases are a list of names, not {names!r:.200}")
    return tuple(dict.fromkeys(alias_name(name) for name in names))


def split(text: object) -> tuple[str, str]:
    """`name:alias` as (name, alias); without an alias it is `latest`.

    Raises:
        Invalid: neither part could be a name.
    """
    if not isinstance(text, str):
        raise Invalid(f"an artifact is named by text such as 'name:latest', not {text!r:.200}")
    name, colon, alias = text.partition(":")
    if "/" in name and (last := text.rpartition("/")[2]):
        raise Invalid(
            f"no artifact is called {text!r:.200}: a store has no entities and projects; write {last!r:.200}"
        )
    name = artifact_name(name)
    return name, artifact_name(alias, f"the alias in {text!r:.200}") if colon else "latest"
