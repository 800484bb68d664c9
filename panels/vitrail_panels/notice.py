"""What a viewer is told when something goes wrong."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from markupsafe import Markup

from vitrail.errors import QueryError, VitrailError

log = logging.getLogger(__name__)

FIRST_STEPS = Markup(
    '<div class="vt-notice"><b>Nothing is logged here yet</b>'
    "<div>These lines log a first table; it shows up on the left as soon as they have run.</div>"
    '<div class="vt-first"><pre class="vt-code" data-copy tabindex="0" role="group" '
    'aria-label="a first table in Python">import vitrail as vt\n\n'
    'with vt.init(project="first", job_type="try") as run:\n'
    '    run.log({{"animals": vt.Table(["label", "score"], [["cat", 0.9], ["dog", 0.4]])}})'
    "</pre></div></div>"
).format()


def message(error: Exception) -> str:
    """What the viewer is told; the log has what is not ours."""
    if isinstance(error, VitrailError):
        return str(error)
    case = secrets.token_hex(4)
    log.error("the page failed, case %s", case, exc_info=error)
    return f"something failed that should not; the log says what, under {case}"


def in_filter(error: Exception, text: str = "") -> dict[str, Any]:
    """An error as the toolbar shows it: with its place in the filter's text, where it has one."""
    said: dict[str, Any] = {"message": message(error), "hint": "", "line": 0, "column": 0, "text": text}
    if isinstance(error, QueryError):
        said["hint"] = error.hint
        if error.span:
            line, column = error.span.line_and_column(text)
            said |= place(error) | {"line": line, "column": column}
    return said


def place(error: Exception) -> dict[str, int]:
    """The piece [start, stop) of a text that an error is about; nothing where that is unknown."""
    span = error.span if isinstance(error, QueryError) else None
    return {"start": span.start, "stop": span.stop} if span else {}


def in_place(error: Exception) -> Markup:
    """An error in the place of the table that could not be shown."""
    return Markup(
        '<div class="vt-notice" role="alert"><b>This cannot be shown as a table</b><div>{}</div>'
        '<div class="vt-muted">Choose a table from the list on the left.</div></div>'
    ).format(message(error))
