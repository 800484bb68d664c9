"""What stands where a visualizer failed."""

from __future__ import annotations

from markupsafe import Markup

from vitrail.visualizer import shown


def card(visualizer: str, distribution: str, error: BaseException | str) -> Markup:
    """A card that names the visualizer, its distribution and what went wrong."""
    said = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    return Markup(
        '<div class="vt-card" role="alert" title="{title}"><b>{name}</b> failed '
        "<small>{distribution}</small><div>{said}</div></div>"
    ).format(
        title=shown(f"{visualizer} ({distribution}): {said}", 500),
        name=shown(visualizer, 60),
        distribution=shown(distribution, 60),
        said=shown(said, 300),
    )
