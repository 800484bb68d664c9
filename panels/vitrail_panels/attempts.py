"""How often a password was guessed wrong, and how long to hold back who guesses."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable


class Attempts:
    """Counts attempts by whatever tells askers apart: a name, an address.

    Each attempt counts until a right one is made, so that many at once are held back too. Each makes
    the next one wait twice as long, and `most` of them lock the asker out for a while.

    Args:
        most: attempts before the lock.
        lock_s: how long the lock holds, from the last attempt on.
        wait_s: the wait before the second attempt.
        clock: seconds from any start.
    """

    def __init__(
        self,
        most: int = 8,
        lock_s: float = 300,
        wait_s: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.most = most
        self.lock_s = lock_s
        self.wait_s = wait_s
        self._clock = clock
        self._made: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def locked_s(self, who: Iterable[str]) -> int:
        """Whole seconds until one of these may try again; 0 where they may now."""
        now = self._clock()
        left = [
            last + self.lock_s - now
            for made, last in map(self._of, who)
            if made >= self.most and last + self.lock_s > now
        ]
        return math.ceil(max(left, default=0))

    def begin(self, who: Iterable[str]) -> float:
        """Count one more attempt of each.

        Returns:
            the seconds to wait before it is answered.
        """
        now = self._clock()
        most = 0
        for name in who:
            made = self._of(name)[0]
            most = max(most, made)
            self._made[name] = (made + 1, now)
            self._made.move_to_end(name)
        while len(self._made) > 10_000:  # names are the asker's choice; the memory is ours
            self._made.popitem(last=False)
        return self.wait_s * 2 ** (most - 1) if most else 0.0

    def forget(self, who: Iterable[str]) -> None:
        """Count from 0 again."""
        for name in who:
            self._made.pop(name, None)

    def _of(self, name: str) -> tuple[int, float]:
        made, last = self._made.get(name, (0, -math.inf))
        return (made, last) if self._clock() - last < self.lock_s else (0, -math.inf)
