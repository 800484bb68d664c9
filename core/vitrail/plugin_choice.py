"""Which of the installed plugins may be loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vitrail.errors import NotFound, did_you_mean

OURS = "vitrail"


@dataclass(frozen=True, slots=True)
class PluginChoice:
    """Which of the installed plugins may be loaded, by the name of the plugin or of its distribution.

    Attributes:
        only: these alone, beside our own; all where it is empty. `vitrail` keeps every stranger out.
        without: these not, whatever `only` says.
    """

    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    def admits(self, plugin: str, distribution: str) -> bool:
        """Whether a plugin may be loaded; nothing of one that may not is imported.

        >>> PluginChoice(only=frozenset({"stars"})).admits("moons", "astronomy")
        False
        """
        names = {plugin, distribution}
        if names & self.without:
            return False
        return not self.only or distribution == OURS or bool(names & self.only)

    def check(self, installed: Iterable[tuple[str, str]]) -> None:
        """Make sure that every name is one of somebody.

        Args:
            installed: (plugin, distribution) of each.

        Raises:
            NotFound: one is not; a slip would let in what it was to keep out.
        """
        known = {name for names in installed for name in names if name}
        for name in sorted((self.only | self.without) - known):
            raise NotFound(
                f"no plugin or distribution {name!r:.100} is installed{did_you_mean(name, sorted(known))}"
            )


EVERYTHING = PluginChoice()


def choice_of(only: Sequence[str] | None, without: Sequence[str] | None) -> PluginChoice:
    """A choice as it is typed: names apart by commas.

    >>> sorted(choice_of(["a,b", "c"], None).only)
    ['a', 'b', 'c']
    """
    return PluginChoice(_apart(only or ()), _apart(without or ()))


def typed_choice(arguments: Sequence[str]) -> PluginChoice:
    """The choice in a command line. It is read before the commands are known, since plugins bring some."""
    return choice_of(_values(arguments, "--only"), _values(arguments, "--without"))


def _apart(typed: Sequence[str]) -> frozenset[str]:
    return frozenset(name.strip() for words in typed for name in words.split(",") if name.strip())


def _values(arguments: Sequence[str], option: str) -> list[str]:
    after = [value for word, value in pairwise(arguments) if word == option]
    return after + [word.partition("=")[2] for word in arguments if word.startswith(option + "=")]
