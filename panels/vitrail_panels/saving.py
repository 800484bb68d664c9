"""What the page's dialogs do: save the view, save rows as a subset, rename and delete saved views."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import Versions
from vitrail.errors import Invalid
from vitrail.query import picking
from vitrail.query.picking import pick, spans
from vitrail.result import Result
from vitrail.selection import Selection, Taken
from vitrail.side import Side
from vitrail.store import views
from vitrail.store.artifact import Artifact
from vitrail.store.run import Run
from vitrail.table import Table
from vitrail.view import Source, View
from vitrail_panels import notice
from vitrail_panels.components import Message
from vitrail_panels.shown_rows import tables

if TYPE_CHECKING:
    from vitrail.query.plan import Plan
    from vitrail.store.project import Project
    from vitrail_panels.scene import Scene

# Rows may take minutes to save; looking at tables does not wait for them.
_THREADS = ThreadPoolExecutor(2, thread_name_prefix="vitrail-saving")

VIEWS = frozenset({"rename_view", "delete_view"})  # what is done to saved views


@dataclass(frozen=True, slots=True)
class Done:
    """What was done.

    Attributes:
        said: the same in words.
        opens: the table that came of it, if one did.
    """

    said: str
    opens: Source | None = None


async def outcome(message: Message, work: Callable[[], Done]) -> dict[str, Any]:
    """What the dialog is told that sent a message, once its work is done in a thread, or has failed."""
    told: dict[str, Any] = {"ask": message.get("ask"), "error": "", "said": "", "opens": {}}
    try:
        done = await asyncio.get_running_loop().run_in_executor(_THREADS, work)
    except Exception as error:  # noqa: BLE001 - whatever happens, the dialog says it
        return told | {"error": notice.message(error)}
    return told | {"said": done.said, "opens": done.opens.model_dump() if done.opens else {}}


def work_of(project: Project, message: Message, view: View, scene: Scene | None) -> Done:
    """Do what a dialog asks; for a thread.

    Args:
        project: where it is saved.
        message: a dialog's, of a type that the parts of the page name.
        view: what the page shows.
        scene: the same, worked out.

    Raises:
        Invalid: a name cannot be or is taken, or nothing is shown.
        NotFound: the view is not there.
        StoreError: the store cannot be written.
    """
    name = str(message.get("name", "")).strip()
    match message["type"]:
        case "save_view":
            saved = views.save(project, pinned(view, scene), name, _described(message))
            return Done(f"Saved as {saved.qualified_name}")
        case "save_rows":
            told = project, _shown(scene), name, _type(message), _described(message)
            picked, others = pick(str(message["rows"])) if message.get("rows") else (None, False)
            rows = save_rows(*told, picked=picked, others=others)
            entry = rows.names[0]
            return Done(
                f"Saved as {rows.qualified_name}", Source(artifact=rows.qualified_name, entry=entry)
            )
        case "rename_view":
            new = str(message.get("new", "")).strip()
            views.rename(project, name, new)
            return Done(f"Renamed to {new}")
        case "delete_view":
            views.delete(project, name)
            return Done(f"Deleted {name}")
    raise Invalid(f"nothing is done by {message['type']!r:.80}")


def _shown(scene: Scene | None) -> Scene:
    if scene is None:
        raise Invalid("no table is open; open one, then save")
    return scene


def _type(message: Message) -> str:
    return str(message.get("kind", "")).strip() or "subset"


def _described(message: Message) -> str | None:
    return str(message.get("description", "")).strip()[:10_000] or None


def pinned(view: View, scene: Scene | None) -> View:
    """The view by versions, so that it shows the same wherever aliases lead later."""
    source, *others = _shown(scene).sources
    fixed = {"source": source, "compare": tuple(others), "key": _shown(scene).key}
    return view.model_copy(update=fixed)


def save_rows(
    project: Project,
    scene: Scene,
    name: str,
    kind: str,
    description: str | None = None,
    *,
    picked: Sequence[int] | None = None,
    others: bool = False,
) -> Artifact:
    """Log the rows that a view keeps, as they are before they are grouped and sorted.

    Of compared tables the rows of the open one are taken. Pictures are named, not kept again.

    Args:
        project: where they are logged.
        scene: the view, worked out.
        name: of the artifact; where there is one already, the rows are a new version of it.
        kind: the artifact's type.
        description: what it is, in words.
        picked: the numbers of the rows that are wanted of those; None for all.
        others: whether all rows but those are wanted.

    Returns:
        the artifact; its metadata tells the queries, the view and the picked rows, its lineage leads to the tables.

    Raises:
        Invalid: the name or type cannot be, or the rows are of no one table.
    """
    if kind == views.TYPE:
        raise Invalid(f"{kind!r} is the type of saved views; choose another for rows, such as 'subset'")
    views.check_type(project, name, kind)
    rows = scene.rows if picked is None else picking.picked(scene.rows, picked, others=others)
    told = {"view": pinned(scene.view, scene).to_query()}
    told |= {} if picked is None else {"rows": "!" * others + spans(picked)}
    artifact = Artifact(name, kind, description, told)
    used = [project.artifact(source.artifact) for source in scene.named]
    taken = tuple(Taken(s, one.digest) for s, one in zip(scene.named, used, strict=True))
    queries = tuple(filter(None, [scene.view.where.strip()]))
    over = tables(scene)
    table = Table.of_source(_rows(rows, over), over, Selection(taken, queries))
    artifact.add(table, scene.sources[0].entry)
    with Run(project, "subsets", "save-rows", None, {"of": scene.sources[0].artifact}) as run:
        for one in used:
            run.use_artifact(one)
        return run.log_artifact(artifact)


def _rows(plan: Plan, over: list[Table]) -> Result | Side:
    """The rows of a plan; of compared tables those that the first one has, as it has them."""
    bases = [base for table in over for base in table.bases]
    compared = any(isinstance(dtype, Versions) for _, dtype in plan.dtype.columns or ())
    return Side(plan, bases) if compared else Result(plan, bases)
