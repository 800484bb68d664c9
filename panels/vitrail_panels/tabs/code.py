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


def code(scene: Scene) -> Markup:
    """How a script or a notebook opens the view, and gets at its rows."""
    view = saving.pinned(scene.view, scene).model_copy(update={"tab": "table", "row": None})
    return facts.sheet(
        facts.section("The page, as it is shown", facts.code(page(view))),
        facts.section("The rows of the table, filtered", facts.code(rows(view))),
    )


def page(view: View) -> str:
    """Python that opens a view in the browser."""
    parts = "".join(f"    {name}={_written(value)},\n" for name, value in _parts(view))
    return f"import vitrail as vt\n\nview = vt.View(\n{parts})\nvt.open(view)\n"


def rows(view: View) -> str:
    """Python that reads a view's rows; of compared tables those of the first."""
    assert view.source is not None  # noqa: S101 - a scene has one
    read = f"vt.Api().artifact({view.source.artifact!r}).get({view.source.entry!r})"
    lines = ["import vitrail as vt", "", f"table = {read}"]
    if len(view.sources) > 1:
        lines = ["import vitrail as vt", "", f"table = {read}  # the first of those compared"]
    elif view.where.strip():
        lines.append(f"table = table.query({_written(view.where)})")
    return "\n".join([*lines, "table.get_dataframe()", ""])


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
