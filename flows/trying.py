"""What stages and flows are for Prefect: tried again by cause, ended by an answer, and nothing of them is kept."""

# Not `from __future__ import annotations`: Prefect reads the types of a task's parameters where they are not defined.

import functools
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Failed

from exchange.errors import ExchangeError

P = ParamSpec("P")
R = TypeVar("R")

# A server that is away for a moment is back within minutes; for longer there is the next night, or lvws ingest.
TRY_AGAIN_AFTER: Final = [15.0, 120.0]


def worth_another_try(_task: Any, _run: Any, state: State[Any]) -> bool:
    """Only what says of itself that trying again can help."""
    return isinstance(state.data, ExchangeError) and state.data.retryable


def stage(name: str, *, run_name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """A task that is tried again by cause. Its result is kept nowhere and never taken from a cache."""
    return task(
        name=name,
        task_run_name=run_name,
        retries=len(TRY_AGAIN_AFTER),
        retry_delay_seconds=TRY_AGAIN_AFTER,
        retry_condition_fn=worth_another_try,
        cache_policy=NO_CACHE,
        persist_result=False,
        log_prints=False,
    )


def never_raising(work: Callable[P, State[Any]]) -> Callable[P, State[Any]]:
    """A flow answers with a state, whatever happened: Prefect pickles what a flow raises into its storage (F89)."""

    @functools.wraps(work)
    def answered(*args: P.args, **kwargs: P.kwargs) -> State[Any]:
        failure: ExchangeError
        try:
            return work(*args, **kwargs)
        except ExchangeError as ours:
            failure = ours
        return Failed(message=str(failure), data=failure)

    return answered
