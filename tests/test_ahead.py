"""One ahead: the same items in the same order, errors where their item would come, threads only where they help."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.ahead import ahead


@given(st.lists(st.integers(), max_size=6))
def test_the_items_are_the_same_in_the_same_order(items: list[int]):
    assert list(ahead(items)) == items


@pytest.mark.parametrize("sound", range(5))
def test_an_error_comes_where_its_item_would(sound: int):
    def failing() -> Iterator[int]:
        yield from range(sound)
        raise LookupError

    taken = []

    def take() -> None:
        for item in ahead(failing()):
            taken.append(item)  # noqa: PERF402 - what was taken before the error counts

    with pytest.raises(LookupError):
        take()
    assert taken == list(range(sound))


def test_one_item_needs_no_thread():
    before = threading.active_count()
    for _ in ahead([1]):
        assert threading.active_count() == before


def test_more_are_made_while_they_are_used():
    made: list[int] = []
    used = threading.Event()

    def items() -> Iterator[int]:
        for number in range(4):
            made.append(number)
            yield number
            if number == 2:
                used.wait(5)

    for item in ahead(items()):
        if item == 0:
            deadline = threading.Event()
            while 2 not in made and not deadline.wait(0.01):
                pass
            used.set()
    assert made == [0, 1, 2, 3]
