"""Text that guests give with their pictures."""

from __future__ import annotations

from typing import Any

from vitrail.errors import Invalid


def text(value: Any, what: str) -> str:
    """A guest's text.

    Args:
        value: what was given.
        what: what it is, for the message.

    Raises:
        Invalid: it is no Unicode text.
    """
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Invalid(
                f"{what} holds a lone surrogate, which is no Unicode text: {value!r:.200}"
            ) from None
        return str.__str__(value)
    raise Invalid(f"{what} is text, not {value!r:.200}")


def name(value: Any, what: str) -> str:
    """A guest's name for something: text that is not empty and has no NUL.

    Raises:
        Invalid: it is none.
    """
    plain = text(value, what)
    if not plain or "\0" in plain:
        raise Invalid(f"{what} is a text that is not empty and has no NUL, not {value!r:.200}")
    return plain
