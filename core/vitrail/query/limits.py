"""How far a question may go before it is ended."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from pydantic import ByteSize, Field, TypeAdapter, ValidationError

from vitrail.errors import Invalid, LimitExceeded

_MB = 1_000_000
_THREAD_BYTES = 200 * _MB  # with less for each thread, the engine spills early


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

    @classmethod
    def of_environment(cls) -> Limits:
        """The limits of this machine and of whoever started the process.

        `VITRAIL_TIME_LIMIT` gives seconds, `VITRAIL_MEMORY_LIMIT` a size such as 4GB, `VITRAIL_THREADS`
        a number of cores, otherwise all that this process may use, as far as the memory goes round.

        Raises:
            Invalid: one of them is none.
        """
        given = {field: _given(*variable) for field, variable in _VARIABLES.items()}
        limits = cls(**{field: value for field, value in given.items() if value is not None})
        if given["threads"] is None:
            fed = max(1, limits.memory_bytes // _THREAD_BYTES)
            limits = replace(limits, threads=min(_cores(), fed))
        return limits

    @property
    def past_time(self) -> LimitExceeded:
        """What is said of a question that ran too long."""
        return LimitExceeded(
            f"the question ran past its limit of {self.time_s:g} s; "
            "VITRAIL_TIME_LIMIT sets another for the whole process"
        )

    @property
    def past_memory(self) -> LimitExceeded:
        """What is said of a question that held too much."""
        return LimitExceeded(
            f"the question took more memory than its limit of {self.memory_bytes:,} bytes; "
            "VITRAIL_MEMORY_LIMIT sets another for the whole process"
        )

    def to_json(self) -> dict[str, Any]:
        """The limits as a JSON document."""
        return asdict(self)


_VARIABLES: dict[str, tuple[str, TypeAdapter[Any], str]] = {
    "time_s": (
        "VITRAIL_TIME_LIMIT",
        TypeAdapter(Annotated[float, Field(gt=0, allow_inf_nan=False)]),
        "a number of seconds above 0",
    ),
    "memory_bytes": (
        "VITRAIL_MEMORY_LIMIT",
        TypeAdapter(Annotated[ByteSize, Field(ge=100 * _MB)]),
        "a size of at least 100MB, such as 4GB",
    ),
    "threads": (
        "VITRAIL_THREADS",
        TypeAdapter(Annotated[int, Field(ge=1, le=1024)]),
        "a number of cores from 1 to 1024",
    ),
}


def _given(name: str, type_: TypeAdapter[Any], what: str) -> Any:
    text = os.environ.get(name)
    if not text:
        return None
    try:
        return type_.validate_python(text)
    except ValidationError:
        raise Invalid(f"{name} is {what}, not {text!r:.100}") from None


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
