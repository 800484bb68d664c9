"""Answers are worked out once, by one asker, and kept within bounds."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from engine_library import Folder, col, engine_over, greater

from vitrail.dtypes import Number
from vitrail.errors import Cancelled, NotFound
from vitrail.query.cache import Cache, key_of
from vitrail.query.plan import Where
from vitrail.query.reduction import Bins, Values


def never() -> bool:
    return False


def test_many_who_ask_the_same_at_once_share_one_answer() -> None:
    cache = Cache(1000, None, 0)
    asked, go = [], threading.Event()

    def make() -> bytes:
        asked.append(1)
        go.wait()
        return b"answer"

    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(cache.get, "k", make, never) for _ in range(8)]
        go.set()
        assert [answer.result() for answer in answers] == [b"answer"] * 8
    assert asked == [1]


def test_another_asks_anew_where_the_first_withdrew() -> None:
    cache = Cache(1000, None, 0)
    inside, go = threading.Event(), threading.Event()

    def withdrawn() -> bytes:
        inside.set()
        go.wait()
        raise Cancelled("the question was withdrawn")

    with ThreadPoolExecutor() as threads:
        first = threads.submit(cache.get, "k", withdrawn, never)
        inside.wait()
        second = threads.submit(cache.get, "k", lambda: b"mine", never)
        go.set()
        assert isinstance(first.exception(), Cancelled)
        assert second.result() == b"mine"


def test_who_waits_for_anothers_answer_can_withdraw() -> None:
    cache = Cache(1000, None, 0)
    inside, go = threading.Event(), threading.Event()

    def slow() -> bytes:
        inside.set()
        go.wait()
        return b"late"

    with ThreadPoolExecutor() as threads:
        first = threads.submit(cache.get, "k", slow, never)
        inside.wait()
        with pytest.raises(Cancelled):
            cache.get("k", slow, lambda: True)
        go.set()
        assert first.result() == b"late"


def test_an_error_reaches_all_and_is_not_kept() -> None:
    cache = Cache(1000, None, 0)

    def broken() -> bytes:
        raise NotFound("nothing there")

    with pytest.raises(NotFound):
        cache.get("k", broken, never)
    assert cache.get("k", lambda: b"now", never) == b"now"


def test_memory_holds_what_was_used_last_within_its_bound() -> None:
    cache = Cache(100, None, 0)
    for key in "abcde":
        cache.get(key, lambda: b"x" * 24, never)
        cache.get("a", lambda: b"again", never)
    assert cache.get("a", lambda: b"lost", never) == b"x" * 24
    assert cache.get("b", lambda: b"lost", never) == b"lost"
    assert cache.get("big", lambda: b"y" * 90, never) == b"y" * 90
    assert cache.get("big", lambda: b"not kept", never) == b"not kept"


def test_a_damaged_answer_on_disk_is_worked_out_again(tmp_path: Path) -> None:
    Cache(100, tmp_path, 10_000).get("k", lambda: b"right", never)
    assert Cache(100, tmp_path, 10_000).get("k", lambda: b"wrong", never) == b"right"
    (tmp_path / "k").write_bytes(b"?" * 50)
    assert Cache(100, tmp_path, 10_000).get("k", lambda: b"anew", never) == b"anew"


def test_the_disk_holds_no_more_than_its_bound(tmp_path: Path) -> None:
    cache = Cache(10, tmp_path, 3200)
    for number in range(200):
        cache.get(str(number), lambda: b"x" * 100, never)
    Cache(10, tmp_path, 3200)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3200


def test_keys_tell_questions_apart() -> None:
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert key_of({"a": 1}) != key_of({"a": 1.5})


def test_an_engine_answers_again_without_its_workers_and_after_a_restart(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    folder = Folder(tmp_path / "tables")
    scan = folder.put({"x": (Number(integer=True), range(50))})
    plan = Where(scan, greater(col(scan, "x"), 9))
    with engine_over(folder, scratch=tmp_path / "scratch") as engine:
        answers = (
            engine.count(plan),
            engine.reduce(plan, {"x": Bins(5)}),
            engine.window(plan, 0, 3, {"x": Values()}),
        )
    folder.parts.clear()
    with engine_over(folder, scratch=tmp_path / "scratch") as engine:
        again = (
            engine.count(plan),
            engine.reduce(plan, {"x": Bins(5)}),
            engine.window(plan, 0, 3, {"x": Values()}),
        )
        assert engine.worker_pids == ()
    assert again == answers
