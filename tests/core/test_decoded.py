"""Columns of answers that are kept as they were read."""

from __future__ import annotations

from vitrail.query.decoded import Decoded


def test_a_column_is_read_once() -> None:
    kept = Decoded(100)
    first = kept.get(("q", "x"), lambda: (1, 2))
    assert kept.get(("q", "x"), lambda: (3, 4)) is first
    assert kept.get(("q", "y"), lambda: (3, 4)) == (3, 4)
    assert kept.get(("r", "x"), lambda: (5,)) == (5,)


def test_what_was_not_used_for_longest_goes_first() -> None:
    kept = Decoded(8)
    for name in "abcd":
        kept.get(("q", name), lambda: (0, 0))
    kept.get(("q", "a"), lambda: (1, 1))
    kept.get(("q", "e"), lambda: (0, 0))
    assert kept.get(("q", "a"), lambda: (1, 1)) == (0, 0)
    assert kept.get(("q", "b"), lambda: (1, 1)) == (1, 1)


def test_what_would_leave_no_room_for_others_is_not_kept() -> None:
    kept = Decoded(8)
    kept.get(("q", "x"), lambda: (0, 0, 0))
    assert kept.get(("q", "x"), lambda: (1, 1, 1)) == (1, 1, 1)
    assert Decoded(0).get(("q", "x"), lambda: (1,)) == (1,)
