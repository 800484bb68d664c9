"""The limits that whoever starts the process sets."""

from __future__ import annotations

import os

import pytest

from vitrail.errors import Invalid
from vitrail.query.limits import Limits


def test_the_environment_sets_time_memory_and_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("TIME_LIMIT", "2.5"), ("MEMORY_LIMIT", "4GB"), ("THREADS", "3")):
        monkeypatch.setenv(f"VITRAIL_{name}", text)
    assert Limits.of_environment() == Limits(time_s=2.5, memory_bytes=4_000_000_000, threads=3)


@pytest.mark.parametrize(
    ("cores", "memory", "threads"), [(4, "1600MB", 4), (64, "1600MB", 8), (64, "", 8)]
)
def test_threads_are_the_cores_that_the_memory_feeds(
    monkeypatch: pytest.MonkeyPatch, cores: int, memory: str, threads: int
) -> None:
    monkeypatch.delenv("VITRAIL_THREADS", raising=False)
    monkeypatch.setenv("VITRAIL_MEMORY_LIMIT", memory)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert Limits.of_environment().threads == threads


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("TIME_LIMIT", "soon", "a number of seconds above 0"),
        ("TIME_LIMIT", "0", "a number of seconds above 0"),
        ("TIME_LIMIT", "inf", "a number of seconds above 0"),
        ("MEMORY_LIMIT", "2", "a size of at least 100MB"),
        ("MEMORY_LIMIT", "lots", "a size of at least 100MB"),
        ("THREADS", "0", "a number of cores from 1 to 1024"),
        ("THREADS", "1.5", "a number of cores from 1 to 1024"),
    ],
)
def test_a_limit_that_is_none_is_told_with_what_it_should_be(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, what: str
) -> None:
    monkeypatch.setenv(f"VITRAIL_{name}", text)
    with pytest.raises(Invalid, match=f"VITRAIL_{name} is {what}.*, not '{text}'"):
        Limits.of_environment()
