"""Two steps at once: an iterator's next item is made while the last one is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

Item = TypeVar("Item")

_END: Final = object()


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items in the same order, one ahead, made in a thread of their own; errors come where their item would.

    Worth it where both sides spend their time outside Python: in Arrow, numpy, encryption, the database. A small file
    is one item, for which no thread is started.
    """
    iterator = iter(items)
    first, second, failure = next(iterator, _END), _END, None
    if first is _END:
        return
    try:
        second = next(iterator, _END)
    except Exception as error:  # noqa: BLE001 - raised again below, after the item before it
        failure = error
    if second is _END:
        yield first  # type: ignore[misc]
        if failure is not None:
            raise failure
        return
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        coming: Future[Item | object] = thread.submit(next, iterator, _END)
        yield from (first, second)  # type: ignore[misc]
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, iterator, _END)
            yield item  # type: ignore[misc]
