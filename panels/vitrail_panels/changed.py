"""What changed between the tables that lie over each other: columns, numbers, classes, each to click on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.dtypes import Boolean, Number, Text, required
from vitrail.query.comparison import Summary, classes, comparison, gaps, summary
from vitrail.query.engine import Ticket
from vitrail.query.text import written
from vitrail.visualizer import shown, version_color
from vitrail_panels.quick import path

if TYPE_CHECKING:
    from vitrail.query.plan import Compare
    from vitrail_panels.scene import Scene

MOST_NUMBERS = 20
MOST_CLASS_COLUMNS = 4
MOST_CLASSES = 12


@dataclass(frozen=True, slots=True)
class Report:
    """What changed.

    Attributes:
        markup: the report.
        offers: the filters that it offers to click, as the quick filters are: dicts of text.
    """

    markup: Markup
    offers: list[dict[str, Any]]


def report(scene: Scene, ticket: Ticket | None = None) -> Report:
    """What changed between a scene's tables; for a thread.

    Raises:
        VitrailError: they cannot be compared, or take too long.
    """
    plan, engine = comparison(scene.whole), scene.project.engine
    found = summary(scene.whole, engine, ticket)
    if plan is None or found is None:
        return Report(Markup('<p class="vt-muted">only one table is shown</p>'), [])
    offers: list[dict[str, Any]] = []
    parts = [_rows(found)]
    for side in range(1, len(plan.tables)):
        one = _Side(scene, plan, found, side, offers, ticket)
        parts += [one.heading(), one.columns(), one.numbers(), *one.classes()]
    return Report(Markup('<div class="vt-changes">{}</div>').format(Markup("").join(parts)), offers)


def _rows(found: Summary) -> Markup:
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td>{:,}</td><td>{:,}</td></tr>').format(
            _named(found, side), found.rows[side], found.alone[side]
        )
        for side in range(len(found.names))
    )
    return _table("Rows", ("", "rows", "only there"), body)


def _named(found: Summary, side: int) -> Markup:
    return Markup('<span class="vt-version"><i style="background:{}"></i>{}</span>').format(
        version_color(side), shown(found.names[side], 80)
    )


def _table(title: str, heads: tuple[str, ...], body: Markup) -> Markup:
    columns = Markup("").join(Markup('<th scope="col">{}</th>').format(head) for head in heads)
    return Markup(
        "<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>"
    ).format(title, columns, body)


class _Side:
    """What changed between the first table and one other."""

    def __init__(
        self,
        scene: Scene,
        plan: Compare,
        found: Summary,
        side: int,
        offers: list[dict[str, Any]],
        ticket: Ticket | None,
    ) -> None:
        self._scene, self._plan, self._found, self._side = scene, plan, found, side
        self._offers, self._ticket = offers, ticket
        counts = {name: of[side - 1] for name, of in found.changed.items() if of[side - 1]}
        self._changed = dict(sorted(counts.items(), key=lambda one: -one[1]))

    def heading(self) -> Markup:
        """Which tables they are."""
        found = self._found
        return Markup("<h3>{} → {}</h3>").format(_named(found, 0), _named(found, self._side))

    def columns(self) -> Markup:
        """In how many rows each column changed."""
        if not self._changed:
            return Markup('<p class="vt-muted">no cell changed</p>')
        most = max(self._changed.values())
        body = Markup("").join(
            Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>').format(
                shown(name, 60), _bar(count / most), self._where(name, count)
            )
            for name, count in self._changed.items()
        )
        return _table("Changed cells", ("column", "", "rows"), body)

    def numbers(self) -> Markup:
        """How far numbers went up and down."""
        names = [n for n in self._changed if self._is(n, Number)][:MOST_NUMBERS]
        found = gaps(self._plan, names, self._side, self._scene.project.engine, self._ticket)
        body = Markup("").join(
            Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td>{:+.4g}</td></tr>').format(
                shown(name, 60),
                self._where(name, up, "$gt"),
                self._where(name, down, "$lt"),
                mean,
            )
            for name, (up, down, mean) in found.items()
        )
        return _table("Numbers", ("column", "up", "down", "mean"), body) if body else Markup("")

    def classes(self) -> Iterator[Markup]:
        """For each class, the rows that left it and that came to it."""
        names = [n for n in self._changed if self._is(n, Text | Boolean)][:MOST_CLASS_COLUMNS]
        for name in names:
            found = classes(self._plan, name, self._side, self._scene.project.engine, self._ticket)
            body = Markup("").join(
                Markup('<tr><th scope="row">{}</th><td>{:,}</td><td>{}</td><td>{:,}</td></tr>').format(
                    shown(label, 60), rows, self._where(name, left, "$ne", label), came
                )
                for label, rows, left, came in found[:MOST_CLASSES]
                if left or came
            )
            yield _table(f"Classes of {shown(name, 60)}", ("class", "rows", "left", "came"), body)

    def _is(self, name: str, kind: Any) -> bool:
        sides = (dict(self._plan.sides[place].columns or ()) for place in (0, self._side))
        return all(isinstance(required(side[name]), kind) for side in sides)

    def _where(self, name: str, count: int, operator: str = "$ne", label: Any = ...) -> Markup:
        """How many rows; a click on the number filters to them."""
        if not count:
            return Markup("0")
        first, other = path(0, name), path(self._side, name)
        parts: list[Any] = ["$0", f"${self._side}"]
        if operator != "$ne":
            parts += [{"$ne": [first, None]}, {"$ne": [other, None]}]
        if label is not ...:
            parts.append({"$eq": [first, {"$literal": label}]})
        condition = written({"$and": [*parts, {operator: [other, first]}]})
        self._offers.append({"text": condition})
        markup = Markup('<button type="button" class="vt-where" data-where="{}">{:,}</button>')
        return markup.format(condition, count)


def _bar(share: float) -> Markup:
    return Markup('<span class="vt-share"><i style="width:{:.0f}%"></i></span>').format(100 * share)
