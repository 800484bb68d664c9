"""How far a question may go before it is ended."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one question.

    Attributes:
        time_s: how long it may run.
        memory_bytes: what the engine may hold in memory; it spills to disk before it fails.
        result_bytes: how large its answer may be.
        scratch_bytes: what it may spill to disk.
        address_bytes: what the whole worker process may map beside `memory_bytes`.
        threads: how many cores it may use.
        grace_s: how long a worker that was told to stop may take before it is killed.
    """

    time_s: float = 10.0
    memory_bytes: int = 1600 * _MB
    result_bytes: int = 256 * _MB
    scratch_bytes: int = 4000 * _MB
    address_bytes: int = 6000 * _MB
    threads: int = 2
    grace_s: float = 0.5

    def to_json(self) -> dict[str, Any]:
        """The limits as a JSON document."""
        return asdict(self)
