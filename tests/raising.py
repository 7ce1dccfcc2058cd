"""Expecting an error of ours, and nothing of anybody else's behind it."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator

import pytest

from exchange import errors


@contextlib.contextmanager
def raises(
    kind: type[errors.ExchangeError], /, **facts: object
) -> Iterator[pytest.ExceptionInfo[errors.ExchangeError]]:
    """Ours, with these facts, and nothing of paramiko's or the server's anywhere behind it."""
    with pytest.raises(kind) as caught:
        yield caught
    assert {name: caught.value.facts[name] for name in facts} == facts
    behind: BaseException | None = caught.value
    while behind is not None:
        assert not type(behind).__module__.startswith(("paramiko", "socket"))
        behind = behind.__cause__ or behind.__context__
    assert "canary" not in "".join(traceback.format_exception(caught.value))
