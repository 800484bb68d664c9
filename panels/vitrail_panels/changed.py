"""What changed between the tables that lie over each other: classes, numbers, columns, each to click on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from vitrail.dtypes import Boolean, Number, Text, required
from vitrail.query.comparison import Summary, by_class, comparison, gaps, moves, summary
from vitrail.query.engine import Ticket
from vitrail.query.text import written
from vitrail.visualizer import shown, version_color
from vitrail_panels.gaps import path

if TYPE_CHECKING:
    from vitrail.query.plan import Plan
    from vitrail_panels.scene import Scene

MOST_NUMBERS = 20
MOST_CLASS_COLUMNS = 4
MOST_CLASSES = 12
MOST_CLASSES_BY = 200
MOST_MEANS = 3


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
    for side in range(1, len(plan.sides)):
        one = _Side(scene, plan, found, side, offers, ticket)
        parts += [one.heading(), one.classes(), one.numbers(), one.columns(), *one.moves()]
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
        plan: Plan,
        found: Summary,
        side: int,
        offers: list[dict[str, Any]],
        ticket: Ticket | None,
    ) -> None:
        self._scene, self._plan, self._found, self._side = scene, plan, found, side
        self._offers, self._ticket = offers, ticket
        self._first, self._other = (shown(found.names[place], 40) for place in (0, side))
        self._counts = {name: of[side - 1] for name, of in found.changed.items()}
        changed = ((name, count) for name, count in self._counts.items() if count)
        self._changed = dict(sorted(changed, key=lambda one: -one[1]))

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
        heads = ("column", f"higher in {self._other}", f"lower in {self._other}", "mean difference")
        return _table("Numbers", heads, body) if body else Markup("")

    def classes(self) -> Markup:
        """How far numbers differ in each class of a column in which no row changed."""
        by = next((n for n, count in self._counts.items() if not count and self._is(n, Text)), None)
        names = [n for kind in (Boolean, Number) for n in self._changed if self._is(n, kind)]
        names = names[:MOST_MEANS]
        if by is None or not names:
            return Markup("")
        found = by_class(self._plan, by, names, self._side, self._scene.project.engine, self._ticket)
        if not 1 < len(found) < min(MOST_CLASSES_BY, self._found.every):
            return Markup("")
        found.sort(key=lambda one: -abs(one[2][0] or 0))
        body = Markup("").join(
            Markup('<tr><th scope="row">{}</th><td>{}</td>{}</tr>').format(
                _said(label),
                self._button(rows, *self._in_class(by, label)),
                Markup("").join(self._mean(name, mean) for name, mean in zip(names, means, strict=True)),
            )
            for label, rows, means in found[:MOST_CLASSES]
        )
        heads = (by, "rows", *(shown(name, 40) for name in names))
        return _table(f"By {shown(by, 60)}: {self._other} − {self._first}, mean", heads, body)

    def moves(self) -> Iterator[Markup]:
        """From which class to which rows moved."""
        names = [n for n in self._changed if self._is(n, Text | Boolean)][:MOST_CLASS_COLUMNS]
        for name in names:
            found = moves(self._plan, name, self._side, self._scene.project.engine, self._ticket)
            body = Markup("").join(
                Markup('<tr><th scope="row">{} → {}</th><td>{}</td></tr>').format(
                    _said(old), _said(new), self._button(rows, *self._moved(name, old, new))
                )
                for old, new, rows in found[:MOST_CLASSES]
            )
            yield _table(f"{shown(name, 60)}: {self._first} → {self._other}", ("moved", "rows"), body)

    def _mean(self, name: str, mean: float | None) -> Markup:
        if mean is None:
            return Markup("<td>–</td>")
        said = f"{mean:+.0%}" if self._is(name, Boolean) else f"{mean:+.3g}"
        return Markup("<td>{}</td>").format(said)

    def _in_class(self, by: str, label: Any) -> list[Any]:
        return [{"$eq": [path(0, by), {"$literal": label}]}]

    def _moved(self, name: str, old: Any, new: Any) -> list[Any]:
        sides = ((0, old), (self._side, new))
        return [{"$eq": [path(side, name), {"$literal": label}]} for side, label in sides]

    def _is(self, name: str, kind: Any) -> bool:
        sides = (dict(self._plan.sides[place].columns or ()) for place in (0, self._side))
        return all(name in side and isinstance(required(side[name]), kind) for side in sides)

    def _where(self, name: str, count: int, operator: str = "$ne") -> Markup:
        """In how many rows the other table's value compares so with the first's."""
        first, other = path(0, name), path(self._side, name)
        present = [{"$ne": [first, None]}, {"$ne": [other, None]}] if operator != "$ne" else []
        return self._button(count, *present, {operator: [other, first]})

    def _button(self, count: int, *conditions: Any) -> Markup:
        """How many rows of both tables; a click on the number filters to them."""
        if not count:
            return Markup("0")
        condition = written({"$and": ["$0", f"${self._side}", *conditions]})
        self._offers.append({"text": condition})
        markup = Markup('<button type="button" class="vt-where" data-where="{}">{:,}</button>')
        return markup.format(condition, count)


def _said(label: Any) -> str:
    return "missing" if label is None else shown(str(label), 40)


def _bar(share: float) -> Markup:
    return Markup('<span class="vt-share"><i style="width:{:.0f}%"></i></span>').format(100 * share)
