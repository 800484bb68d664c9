"""Who is at hand, who fits, who failed: the visualizers that plugins brought."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from vitrail import hookspecs
from vitrail.drawer import Entry, entry_of
from vitrail.dtypes import DType, required
from vitrail.errors import Invalid, NotFound, PluginError, did_you_mean
from vitrail.media import medium
from vitrail.plugin_choice import EVERYTHING, PluginChoice
from vitrail.process_state import LOADING, guests

GROUP = "vitrail"
UNKNOWN = "no distribution"

log = logging.getLogger(__name__)


class Registry:
    """The plugins that are loaded, and the visualizers that they brought.

    Attributes:
        hook: calls every plugin's hook of a name.
        generation: rises whenever a plugin arrives or leaves.
        failed: the plugins that could not be loaded, and why.
        kept_out: (plugin, distribution) of those that nobody wanted loaded.
        notes: what plugins did that they should not: plugin → what.
        switched_off: the visualizers that draw no more: name → why.
        tells_traces: whether those who look may read the traceback of a visualizer that failed.
        owns_process: whether no code runs in this process but ours and the plugins', so that whatever
            changes while one draws was changed by it.
    """

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self._entries: dict[str, Entry] = {}
        self._listeners: dict[object, Callable[[], object]] = {}
        self.hook = self._manager.hook
        self.generation = 0
        self.failed: list[PluginError] = []
        self.kept_out: list[tuple[str, str]] = []
        self.notes: dict[str, tuple[str, ...]] = {}
        self.switched_off: dict[str, str] = {}
        self.tells_traces = False
        self.owns_process = False
        self._distributions: dict[str, str] = {}
        self.hook.vitrail_configure.call_historic(kwargs={"registry": self})

    def load_entry_points(self, choice: PluginChoice = EVERYTHING) -> None:
        """Load every plugin that is installed; one that fails is listed in `failed` and stops nothing.

        Args:
            choice: which may be loaded.

        Raises:
            NotFound: the choice names somebody who is not there.
        """
        points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
        known = (*points, *entry_points(group=medium.GROUP))
        choice.check((point.name, point.dist.name if point.dist else "") for point in known)
        for point in points:
            distribution = distribution_of(point)
            if self._manager.has_plugin(point.name):
                continue
            if not choice.admits(point.name, point.dist.name if point.dist else ""):
                self.kept_out = [*self.kept_out, (point.name, distribution)]
                continue
            try:
                with guests.watched(*LOADING) as changed:
                    self.register(point.load(), name=point.name, distribution=distribution)
                self.note(point.name, changed)
            except PluginError as error:
                self.fail(error)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a stranger's code may raise anything
                text = f"plugin {point.name!r} of {distribution} failed: {type(error).__name__}: {error}"
                trouble = PluginError(text, plugin=point.name, distribution=distribution)
                trouble.__cause__ = error
                self.fail(trouble)

    def fail(self, error: PluginError) -> None:
        """List a plugin that could not be loaded."""
        log.error("%s", error, exc_info=error)
        self.failed = [known for known in self.failed if known.plugin != error.plugin] + [error]

    def note(self, plugin: str, changed: Sequence[str]) -> None:
        """Remember what a plugin changed that is not its own; it was put back."""
        known = self.notes.get(plugin, ())
        new = tuple(dict.fromkeys(what for what in changed if what not in known))
        if new:
            self.notes = self.notes | {plugin: (*known, *new)}
            log.warning("%s", self.meddled(plugin))

    def meddled(self, plugin: str) -> str:
        """What a plugin changed that is not its own, in words; "" for nothing."""
        what = ", ".join(self.notes.get(plugin, ()))
        of = f"plugin {plugin!r} of {self.origin(plugin)[0]}"
        return f"{of} changed {what} of the whole process; it was put back" if what else ""

    def switch_off(self, visualizer: str, why: str) -> None:
        """Let a visualizer draw no more, until its plugin is loaded again."""
        self.switched_off = self.switched_off | {visualizer: why}

    def register(self, plugin: Any, *, name: str = "", distribution: str = UNKNOWN) -> str:
        """Bring in a plugin: a module or an object with hook implementations.

        Returns:
            the name under which it is registered.

        Raises:
            PluginError: what it brings breaks the contract, or has a name that is taken; nothing of it
                is registered.
        """
        name = name or str(getattr(plugin, "__name__", type(plugin).__name__))

        def refuse(why: str) -> PluginError:
            text = f"plugin {name!r} of {distribution}: {why}"
            return PluginError(text, plugin=name, distribution=distribution)

        if self._manager.has_plugin(name):
            raise refuse("there is a plugin of this name already")
        try:
            self._manager.register(plugin, name)
            brought = self._brought(plugin, name, distribution)
        except BaseException as error:
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            if isinstance(error, KeyboardInterrupt):
                raise
            if isinstance(error, Invalid):
                raise refuse(str(error)) from None
            raise refuse(f"{type(error).__name__}: {error}") from error
        self._entries = self._entries | {entry.name: entry for entry in brought}
        self._distributions = self._distributions | {name: distribution}
        self.failed = [error for error in self.failed if error.plugin != name]
        self._changed()
        return name

    def _brought(self, plugin: Any, name: str, distribution: str) -> list[Entry]:
        if self._manager.parse_hookimpl_opts(plugin, "vitrail_visualizers") is None:
            return []
        entries: dict[str, Entry] = {}
        found = plugin.vitrail_visualizers()
        if not isinstance(found, list | tuple):
            raise Invalid(f"vitrail_visualizers gave {type(found).__name__}, not a list of classes")
        for visualizer in found:
            entry = entry_of(visualizer, name, distribution)
            taken = self._entries.get(entry.name) or entries.get(entry.name)
            if taken is not None:
                raise Invalid(f"there is a visualizer {entry.name!r} already, from {taken.distribution}")
            entries[entry.name] = entry
        return list(entries.values())

    def unregister(self, name: str) -> None:
        """Undo everything that registering the plugin did.

        Raises:
            NotFound: there is no such plugin.
        """
        if not self._manager.has_plugin(name):
            raise NotFound(f"no plugin {name!r}{did_you_mean(name, self.plugins)}")
        self._forget(name)
        self._changed()

    def _forget(self, name: str) -> None:
        self._manager.unregister(name=name)
        gone = {key for key, entry in self._entries.items() if entry.plugin == name}
        self._entries = {key: entry for key, entry in self._entries.items() if key not in gone}
        self.switched_off = {key: why for key, why in self.switched_off.items() if key not in gone}
        self.notes = {key: said for key, said in self.notes.items() if key != name}
        self._distributions = {key: d for key, d in self._distributions.items() if key != name}

    def replace(self, plugin: Any, *, name: str, distribution: str = UNKNOWN) -> str:
        """Bring in a plugin in the place of the one of its name, which those who listen hear once.

        Returns:
            the name.

        Raises:
            PluginError: it breaks the contract; the one that was there stays.
        """
        before = self._manager.get_plugin(name)
        if before is None:
            return self.register(plugin, name=name, distribution=distribution)
        known = self._distributions[name]
        self._forget(name)
        try:
            return self.register(plugin, name=name, distribution=distribution)
        except PluginError:
            self.register(before, name=name, distribution=known)
            raise

    def origin(self, name: str) -> tuple[str, str]:
        """Where a plugin comes from: its distribution and version, and the file it was loaded from."""
        plugin = self._manager.get_plugin(name)
        return self._distributions.get(name, UNKNOWN), str(getattr(plugin, "__file__", "") or "")

    def listen(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` whenever a plugin arrives or leaves.

        Returns:
            what ends it.
        """
        place = object()
        self._listeners[place] = callback

        def stop() -> None:
            self._listeners.pop(place, None)

        return stop

    def _changed(self) -> None:
        self.generation += 1
        for callback in tuple(self._listeners.values()):
            try:
                callback()
            except Exception:
                log.exception("a listener failed when the plugins changed")

    @property
    def plugins(self) -> tuple[str, ...]:
        """The names of the plugins that are registered."""
        return tuple(name for name, _ in self._manager.list_name_plugin())

    @property
    def visualizers(self) -> tuple[Entry, ...]:
        """All visualizers, by name."""
        return tuple(self._entries[name] for name in sorted(self._entries))

    def fitting(self, dtype: DType) -> tuple[Entry, ...]:
        """Who draws values of a type: the deepest pattern first, then by name."""
        fits = (entry for entry in self.visualizers if entry.accepts.admits(dtype))
        return tuple(sorted(fits, key=lambda entry: (-entry.accepts.depth, entry.name)))

    def choose(self, dtype: DType, wanted: str | None = None) -> Entry:
        """The visualizer called `wanted` where it fits the type, otherwise the first that does.

        Raises:
            NotFound: nobody draws the type; the message says who draws what.
        """
        fitting = self.fitting(dtype)
        if not fitting:
            known = ", ".join(f"{e.name}: {e.accepts}" for e in self.visualizers) or "none"
            raise NotFound(f"no visualizer draws {dtype}; there are: {known}")
        return next((entry for entry in fitting if entry.name == wanted), fitting[0])

    def why(self, dtype: DType) -> str:
        """Why a type is drawn as it is: the patterns that admit it, in order."""
        fitting = self.fitting(dtype)
        lines = [f"{required(dtype)} is drawn by the first of:" if fitting else f"nobody draws {dtype}"]
        lines += [f"  {e.name} draws {e.accepts}, from {e.distribution}" for e in fitting]
        return "\n".join(lines)


def distribution_of(point: EntryPoint) -> str:
    """Name and version of the distribution that an entry point is of."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else UNKNOWN
