"""The registry: who is at hand, who fits, who failed."""

import gc
import json
import logging
import weakref
from importlib.metadata import EntryPoint
from typing import Any, Literal

import pytest
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

from vitrail import registry as registry_module
from vitrail.dtypes import Any as AnyType
from vitrail.dtypes import DType, List, Number, Optional, Struct, Text, Versions
from vitrail.errors import Invalid, NotFound, PluginError
from vitrail.hookspecs import hookimpl
from vitrail.query.reduction import Bins, Values
from vitrail.registry import Registry
from vitrail.testing import MemoryFrame


class Bringing:
    """A plugin that brings some visualizers."""

    def __init__(self, *visualizers: Any) -> None:
        self.visualizers = visualizers

    @hookimpl
    def vitrail_visualizers(self) -> list[Any]:
        return list(self.visualizers)


def pane(name: str, pattern: DType, drawn: str = "") -> type:
    """A visualizer that always draws the same."""

    def cell(self: Any, data: Any, dtype: DType, frame: Any) -> str:
        return drawn or name

    return type(name.title(), (), {"name": name, "accepts": pattern, "cell": cell})


def registry_of(*visualizers: Any) -> Registry:
    made = Registry()
    made.register(Bringing(*visualizers), name="panes", distribution="panes 1.0")
    return made


def names(registry: Registry, dtype: DType) -> list[str]:
    return [entry.name for entry in registry.fitting(dtype)]


def test_the_deepest_pattern_is_chosen_and_ties_go_by_name() -> None:
    registry = registry_of(
        pane("everything", AnyType()),
        pane("lists", List(AnyType())),
        pane("zebra", List(Number())),
        pane("aardvark", List(Number())),
        pane("number", Number()),
    )
    assert names(registry, List(Number(integer=True))) == ["aardvark", "zebra", "lists", "everything"]
    assert names(registry, List(Text())) == ["lists", "everything"]
    assert registry.choose(Number(integer=False)).name == "number"


def test_what_may_be_missing_is_drawn_by_whoever_draws_what_is_there() -> None:
    registry = registry_of(pane("hist", Versions(List(Number()))), pane("any", AnyType()))
    dtype = Versions(List(Optional(Number(integer=True))), ("v0", "v1"))
    assert registry.choose(dtype).name == "hist"
    assert registry.choose(Optional(dtype)).name == "hist"


def test_the_viewers_choice_goes_first_where_it_fits() -> None:
    registry = registry_of(pane("a", Number()), pane("b", Number()), pane("c", Text()))
    assert registry.choose(Number(), "b").name == "b"
    assert registry.choose(Number(), "c").name == "a"
    assert registry.choose(Number(), "gone").name == "a"


def test_a_type_that_nobody_draws_is_an_error_that_says_who_draws_what() -> None:
    with pytest.raises(NotFound, match=r"no visualizer draws Text; there are: a: Number"):
        registry_of(pane("a", Number())).choose(Text())


def test_why_names_the_patterns_that_admit_a_type_in_order() -> None:
    registry = registry_of(
        pane("hist", List(Number())), pane("lists", List(AnyType())), pane("t", Text())
    )
    assert registry.why(List(Number(integer=True))) == (
        "List(Number(integer=True)) is drawn by the first of:\n"
        "  hist draws List(Number), from panes 1.0\n"
        "  lists draws List(Any), from panes 1.0"
    )
    assert registry.why(Struct(())) == "nobody draws Struct()"


def test_a_plugin_that_leaves_takes_everything_with_it() -> None:
    registry = registry_of(pane("stays", Number()))
    before = registry.visualizers, registry.plugins
    registry.register(Bringing(pane("goes", Number())), name="guest")
    assert names(registry, Number()) == ["goes", "stays"]
    registry.unregister("guest")
    assert (registry.visualizers, registry.plugins) == before
    assert registry.choose(Number(), "goes").name == "stays"


def test_nothing_of_a_plugin_that_left_stays_alive() -> None:
    class Configured(Bringing):
        @hookimpl
        def vitrail_configure(self, registry: Registry) -> None:
            registry.fitting(Number())

    registry = registry_of(pane("stays", Number()))
    visualizer = pane("goes", Number())
    plugin = Configured(visualizer)
    alive = [weakref.ref(visualizer), weakref.ref(plugin)]
    registry.register(plugin, name="guest")
    registry.choose(Number(), "goes").make().cell(1, Number(), MemoryFrame(registry))
    registry.unregister("guest")
    del visualizer, plugin
    gc.collect()
    assert [each() for each in alive] == [None, None]


def test_a_visualizer_is_swapped_by_leaving_and_arriving_and_listeners_see_both() -> None:
    registry = registry_of()
    seen: list[tuple[int, list[str]]] = []
    stop = registry.listen(lambda: seen.append((registry.generation, names(registry, Number()))))
    registry.register(Bringing(pane("stars", Number(), "old")), name="guest")
    registry.unregister("guest")
    registry.register(Bringing(pane("stars", Number(), "new")), name="guest")
    stop()
    stop()
    registry.unregister("guest")
    first = seen[0][0]
    assert seen == [(first, ["stars"]), (first + 1, []), (first + 2, ["stars"])]


def test_a_listener_that_fails_keeps_nobody_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    registry = registry_of()
    heard: list[int] = []
    registry.listen(lambda: 1 / 0)
    registry.listen(lambda: heard.append(registry.generation))
    registry.register(Bringing(pane("a", Number())), name="guest")
    assert heard == [registry.generation]
    assert "ZeroDivisionError" in caplog.text


def test_the_later_of_two_visualizers_of_one_name_is_refused_by_name() -> None:
    registry = registry_of(pane("stars", Number()))
    generation = registry.generation
    with pytest.raises(
        PluginError, match=r"'guest' of guest 2.0: .*'stars' already, from panes 1.0"
    ) as info:
        registry.register(
            Bringing(pane("fine", Text()), pane("stars", Text())), name="guest", distribution="guest 2.0"
        )
    assert (info.value.plugin, info.value.distribution) == ("guest", "guest 2.0")
    assert [entry.name for entry in registry.visualizers] == ["stars"]
    assert registry.plugins == ("panes",)
    assert registry.generation == generation


def test_two_plugins_of_one_name_are_refused() -> None:
    registry = registry_of()
    with pytest.raises(PluginError, match="already"):
        registry.register(Bringing(), name="panes")
    assert registry.plugins == ("panes",)


class Unnamed:
    accepts = Number()

    def cell(self, data: Any, dtype: DType, frame: Any) -> str:
        return ""


class WithoutPattern:
    name = "x"

    def cell(self, data: Any, dtype: DType, frame: Any) -> str:
        return ""


class PatternIsAClass(WithoutPattern):
    accepts = Number


class SettingsAreADict(WithoutPattern):
    accepts = Number()
    Options = {"digits": 3}  # noqa: RUF012 - the fault that is looked for


class DrawsNothing:
    name = "x"
    accepts = Number()


class ReadsIsNoMethod(Unnamed):
    name = "x"
    reads = Bins(20)


@pytest.mark.parametrize(
    ("visualizer", "said"),
    [
        (Unnamed, "Unnamed wants a `name`"),
        (type("Long", (Unnamed,), {"name": "n" * 300}), "wants a `name`"),
        (WithoutPattern, "WithoutPattern wants `accepts`"),
        (PatternIsAClass, "PatternIsAClass wants `accepts`, a type such as Number()"),
        (SettingsAreADict, "`Options` that are no pydantic model"),
        (DrawsNothing, "wants a `cell` or a `pane`"),
        (ReadsIsNoMethod, "`reads` that cannot be called"),
        (Unnamed(), "a visualizer is a class"),
    ],
)
def test_a_visualizer_that_breaks_the_contract_is_told_what_it_lacks(visualizer: Any, said: str) -> None:
    registry = Registry()
    with pytest.raises(PluginError) as info:
        registry.register(Bringing(visualizer), name="guest")
    assert said in str(info.value)
    assert registry.plugins == ()


def test_a_plugin_that_fails_while_it_is_configured_is_not_half_registered() -> None:
    class Fails(Bringing):
        @hookimpl
        def vitrail_configure(self, registry: Registry) -> None:
            raise OSError("no disk")

    registry = Registry()
    with pytest.raises(PluginError, match="OSError: no disk"):
        registry.register(Fails(pane("a", Number())), name="guest")
    assert (registry.plugins, registry.visualizers) == ((), ())


def test_a_hook_that_does_not_exist_keeps_its_plugin_out() -> None:
    class Mistyped:
        @hookimpl
        def vitrail_visualisers(self, colour: str) -> list[Any]:
            return []

        @hookimpl
        def vitrail_visualizers(self, colour: str) -> list[Any]:
            return []

    registry = Registry()
    with pytest.raises(PluginError, match="guest"):
        registry.register(Mistyped(), name="guest")
    assert registry.plugins == ()


class Point:
    """An installed entry point."""

    def __init__(self, name: str, found: Any) -> None:
        self.name, self.found = name, found
        self.dist = type("Distribution", (), {"name": f"dist-{name}", "version": "0.3"})()

    def load(self) -> Any:
        if isinstance(self.found, BaseException):
            raise self.found
        return self.found


def loaded(monkeypatch: pytest.MonkeyPatch, *points: Any) -> Registry:
    monkeypatch.setattr(registry_module, "entry_points", lambda group: list(points))
    made = Registry()
    made.load_entry_points()
    return made


def test_an_entry_point_that_fails_is_listed_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    registry = loaded(
        monkeypatch,
        Point("a", ImportError("no module named torch")),
        Point("b", Bringing(pane("fine", Number()))),
        Point("c", SystemExit(3)),
        Point("d", Bringing(WithoutPattern)),
        Point("e", Bringing(pane("also_fine", Text()))),
    )
    assert [entry.name for entry in registry.visualizers] == ["also_fine", "fine"]
    assert [entry.distribution for entry in registry.visualizers] == ["dist-e 0.3", "dist-b 0.3"]
    failed = [(error.plugin, error.distribution) for error in registry.failed]
    assert failed == [("a", "dist-a 0.3"), ("c", "dist-c 0.3"), ("d", "dist-d 0.3")]
    assert "no module named torch" in str(registry.failed[0])
    assert "SystemExit: 3" in str(registry.failed[1])
    assert "Traceback" in caplog.text


def test_entry_points_that_are_loaded_again_are_tried_again_and_listed_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point = Point("a", ImportError("not yet"))
    registry = loaded(monkeypatch, point)
    registry.load_entry_points()
    assert [error.plugin for error in registry.failed] == ["a"]
    point.found = Bringing(pane("late", Number()))
    registry.load_entry_points()
    assert registry.failed == []
    assert registry.choose(Number()).name == "late"


def test_a_real_entry_point_that_leads_nowhere_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = loaded(monkeypatch, EntryPoint("lost", "no_such_module_of_anyone:x", "vitrail"))
    assert [error.plugin for error in registry.failed] == ["lost"]
    assert "ModuleNotFoundError" in str(registry.failed[0])


class DigitsOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    digits: int = Field(default=3, ge=1, le=9, description="how many")
    form: Literal["plain", "bold"] = Field(default="plain", description="how strong")


class Digits:
    name = "digits"
    accepts = Number()
    Options = DigitsOptions
    options: DigitsOptions

    def cell(self, data: Any, dtype: DType, frame: Any) -> str:
        return f"<{data:.{self.options.digits}f}>"


def test_settings_are_checked_and_the_message_says_which_is_wrong() -> None:
    entry = registry_of(Digits).choose(Number())
    assert entry.make({"digits": 2}).options == DigitsOptions(digits=2)
    assert entry.make().options == DigitsOptions()
    with pytest.raises(
        Invalid, match=r"visualizer 'digits', setting 'digits': .*less than or equal to 9"
    ):
        entry.make({"digits": 10})
    with pytest.raises(Invalid, match="setting 'colour'"):
        entry.make({"colour": "red"})


def test_settings_that_still_fit_are_kept_where_others_do_not() -> None:
    entry = registry_of(Digits).choose(Number())
    drawer = entry.make_fitting({"colour": "red", "digits": 40, "form": "bold"})
    assert drawer.options == DigitsOptions(form="bold")


def test_what_a_visualizer_leaves_out_has_its_default() -> None:
    registry = registry_of(Digits)
    drawer = registry.choose(Number()).make(json.loads('{"digits": 1}'))
    frame = MemoryFrame(registry)
    assert drawer.reads(Number(), frame) == Values()
    assert drawer.cell(0.25, Number(), frame) == Markup("&lt;0.2&gt;")
    assert drawer.pane(0.25, Number(), frame) == Markup("&lt;0.2&gt;")


def test_a_pane_without_a_cell_shows_its_value_as_short_escaped_text() -> None:
    class Large:
        name = "large"
        accepts = Text()

        def pane(self, data: Any, dtype: DType, frame: Any) -> Markup:
            return Markup("large")

    registry = registry_of(Large)
    drawer = registry.choose(Text()).make()
    drawn = drawer.cell("<b>" + "w" * 1_000, Text(), MemoryFrame(registry))
    assert drawn.startswith("&lt;b&gt;www")
    assert len(drawn) < 300


def test_a_cell_or_a_reduction_of_another_kind_is_an_error_of_the_visualizer() -> None:
    class Wrong:
        name = "wrong"
        accepts = Number()

        def reads(self, dtype: DType, frame: Any) -> Any:
            return 20

        def cell(self, data: Any, dtype: DType, frame: Any) -> Any:
            return None

    registry = registry_of(Wrong)
    drawer, frame = registry.choose(Number()).make(), MemoryFrame(registry)
    with pytest.raises(TypeError, match="reads gave int"):
        drawer.reads(Number(), frame)
    with pytest.raises(TypeError, match="cell gave NoneType"):
        drawer.cell(1, Number(), frame)


def test_a_visualizer_that_cannot_be_made_fails_when_it_draws() -> None:
    class Dear:
        name = "dear"
        accepts = Number()

        def __init__(self) -> None:
            raise MemoryError("too dear")

        def cell(self, data: Any, dtype: DType, frame: Any) -> str:
            return ""

    registry = registry_of(Dear)
    drawer = registry.choose(Number()).make()
    with pytest.raises(MemoryError, match="too dear"):
        drawer.cell(1, Number(), MemoryFrame(registry))
