"""The Python that opens what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.view import SortKey, Source, View
from vitrail_panels import saving
from vitrail_panels.tabs import facts

if TYPE_CHECKING:
    from vitrail_panels.scene import Scene


_OPENS = "import vitrail as vt\n\nview = {}\nvt.open(view)\n"
_READS = """import vitrail as vt

view = {}
table = vt.rows(view)
table.get_dataframe()
"""


def code(scene: Scene) -> Markup:
    """How a script or a notebook opens the view, and gets at its rows."""
    shown = saving.pinned(scene.view, scene).model_copy(update={"tab": "table"})
    whole = shown.model_copy(update={"row": None, "within": None})
    group = [shown.model_copy(update={"row": None})] if shown.within is not None else []
    return facts.sheet(
        facts.section("The page, as it is shown", facts.code(page(shown))),
        facts.section("The rows of the table, as they are shown", facts.code(rows(whole))),
        *(
            facts.section("The rows of the group in which one is open", facts.code(rows(view)))
            for view in group
        ),
    )


def page(view: View) -> str:
    """Python that opens a view in the browser."""
    return _OPENS.format(_made(view))


def rows(view: View) -> str:
    """Python that reads the rows that a view shows."""
    return _READS.format(_made(view))


def _made(view: View) -> str:
    parts = "".join(f"    {name}={_written(value)},\n" for name, value in _parts(view))
    return f"vt.View(\n{parts})"


def _parts(view: View) -> Iterator[tuple[str, Any]]:
    """The parts of a view that are not as they are by themselves."""
    for name, field in View.model_fields.items():
        value = getattr(view, name)
        if value != field.get_default(call_default_factory=True):
            yield name, value


def _written(value: Any) -> str:
    """A part as a guest would write it."""
    match value:
        case Source(artifact=artifact, entry=entry):
            return repr(f"{artifact}/{entry}")
        case SortKey(by=by, descending=descending) if by[:1] not in ("+", "-"):
            return repr(f"-{by}" if descending else by)
        case tuple() as several:
            return f"[{', '.join(map(_written, several))}]"
        case dict():
            return f"{{{', '.join(f'{key!r}: {_written(one)}' for key, one in value.items())}}}"
        case _ if hasattr(value, "model_dump"):
            return repr(value.model_dump())
        case str() if "\n" in value and '"""' not in value and "\\" not in value:
            return f'"""{value}"""' if not value.endswith('"') else repr(value)
    return repr(value)
