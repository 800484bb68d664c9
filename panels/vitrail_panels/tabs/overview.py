"""The overview of an artifact's version: what it is, who made it, who used it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.store.artifact import Artifact
from vitrail.store.run import LoggedRun
from vitrail.view import Source, View
from vitrail_panels.tabs.facts import document, facts, link, listed, section, sheet, size, tags, when

if TYPE_CHECKING:
    from vitrail_panels.scene import Scene

MOST_RUNS = 100
MOST_VERSIONS = 200
MOST_OF_NODE = 20  # runs or versions that the lineage draws as one


def overview(scene: Scene) -> Markup:
    """What is known of the version of the scene's first table."""
    project = scene.project
    artifact = project.artifact(scene.sources[0].artifact)
    maker, users = artifact.logged_by(), artifact.used_by()
    versions = project.artifacts().get(artifact.type, {}).get(artifact.name, [])
    more = f"and {len(users) - MOST_RUNS:,} more" if len(users) > MOST_RUNS else ""
    return sheet(
        section("Version", facts(_about(artifact))),
        section("Metadata", document(artifact.metadata)) if artifact.metadata else Markup(""),
        section("Logged by", _run(maker) if maker else Markup('<p class="vt-muted">no run</p>')),
        section("Used by", listed([*map(_run, users[:MOST_RUNS]), *filter(None, [more])])),
        section(
            "Versions",
            listed(_version(row, artifact) for row in list(reversed(versions))[:MOST_VERSIONS]),
        ),
    )


def of_runs(runs: Sequence[LoggedRun]) -> Markup:
    """What is known of some runs, the last of them first."""
    return sheet(section("Runs", listed(map(_run, list(reversed(runs))[:MOST_OF_NODE]))))


def of_versions(artifacts: Sequence[Artifact]) -> Markup:
    """What is known of the last of some versions, and links to the others."""
    newest, *others = list(reversed(artifacts))[:MOST_OF_NODE]
    return sheet(
        section("Version", facts(_about(newest))),
        section("Metadata", document(newest.metadata)) if newest.metadata else Markup(""),
        section("Older", listed(map(opened, others))) if others else Markup(""),
    )


def _about(artifact: Artifact) -> list[tuple[str, Any]]:
    rows = [(entry.document or {}).get("rows") for entry in artifact.manifest.entries.values()]
    counted = [count for count in rows if isinstance(count, int)]
    return [
        ("name", artifact.qualified_name),
        ("type", artifact.type),
        ("aliases", tags(artifact.aliases)),
        ("description", artifact.description),
        ("rows", f"{sum(counted):,}" if counted else None),
        ("entries", f"{len(artifact.manifest.entries):,}"),
        ("size", size(artifact.size)),
        ("created", when(artifact.created_at)),
        ("digest", Markup("<code>{}</code>").format(artifact.digest)),
    ]


def _run(run: LoggedRun) -> Markup:
    """A run, with what it used and made, and its settings to unfold."""
    title = run.name or run.job_type or run.id
    about = facts(
        [
            ("job type", run.job_type),
            ("project", run.project),
            ("state", run.state),
            ("began", when(run.created)),
            ("used", _linked(run.used_artifacts())),
            ("logged", _linked(run.logged_artifacts())),
            ("config", document(run.config)),
        ]
    )
    return Markup("<details><summary>{} <small>{}</small></summary>{}</details>").format(
        title, f"{run.job_type or 'run'}, {run.state}", about
    )


def _linked(artifacts: list[Artifact]) -> Markup:
    return Markup(", ").join(opened(artifact) for artifact in artifacts[:MOST_VERSIONS])


def opened(artifact: Artifact) -> Markup:
    """A version's name, as a link to its overview; of one that holds nothing the name alone."""
    entries = artifact.manifest.entries
    tables = (name for name, entry in entries.items() if entry.kind.endswith("table"))
    named = next(tables, None) or next(iter(entries), None)
    if named is None:
        return Markup("{}").format(artifact.qualified_name)
    view = View(source=Source(artifact=artifact.qualified_name, entry=named), tab="overview")
    return link(view.to_query(), artifact.qualified_name)


def _version(row: Any, shown: Artifact) -> Markup:
    if row.version == shown.version:
        name = Markup("<b>{}</b>").format(shown.qualified_name)
    else:
        name = opened(Artifact.of_version(shown.project, row))
    return Markup("{} {} <small>{}, {}</small>").format(
        name, tags(row.aliases), when(row.created), size(row.size)
    )
