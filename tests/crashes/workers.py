"""Workers that die, meet or are paused: `python -m tests.crashes.workers <scene> <lvws.toml>`; exit code 0 if all held.

A program of its own without threads, so that it may fork. Prints one JSON document about what it saw.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from exchange import logs, settings, stages
from exchange.errors import ExchangeError
from exchange.settings import Settings


def ingesting(loaded: Settings, *, at: str = "", signals: int = signal.SIGKILL) -> int:
    """Start an ingest in a fork that sends itself a signal when it passes a labelled point; its process id."""
    child = os.fork()
    if child:
        return child
    write = logs.event

    def event(name: str, **facts: str | int | float | None) -> None:
        if name == at:
            os.kill(os.getpid(), signals)
        write(name, **facts)

    logs.event = event
    code = 70
    try:
        code = stages.ingest(loaded, stages.configured(loaded, []), None, lambda _: None).exit_code
    except ExchangeError as failure:  # as the command does
        code = failure.exit_code
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """The exit code of a fork; negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def stopped(child: int) -> None:
    """Wait until a fork stands still."""
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), status


def cut_off(loaded: Settings, child: int) -> None:
    """End the database connection of a fork, from outside."""
    with psycopg.connect(loaded.database_url, autocommit=True) as connection:
        ask = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s"
        assert connection.execute(ask, (f"lvws {child}",)).fetchall() == [(True,)]


def dies_with_its_claim(loaded: Settings) -> dict[str, object]:
    """The lease of the dead one has minutes to go; the next takes the run all the same, and at once."""
    dead = ended(ingesting(loaded, at="check.artefacts_written"))
    began = time.monotonic()
    return {"dead": dead, "next": ended(ingesting(loaded)), "seconds": time.monotonic() - began}


def meets_another(loaded: Settings) -> dict[str, object]:
    """Four at one barrier take in the same source."""
    ready, barrier = os.pipe()
    children = []
    for _ in range(4):
        child = os.fork()
        if not child:
            os.close(barrier)
            os.read(ready, 1)  # ends for all of them when the barrier closes
            os._exit(ended(ingesting(loaded)))
        children.append(child)
    os.close(ready)
    os.close(barrier)
    codes = [ended(child) for child in children]
    return {"codes": codes, "next": ended(ingesting(loaded))}


def is_paused_in_its_load(loaded: Settings) -> dict[str, object]:
    """It stands still within the transaction, loses its connection, and goes on after another did its work."""
    slow = ingesting(loaded, at="load.counted", signals=signal.SIGSTOP)
    stopped(slow)
    cut_off(loaded, slow)
    other = ended(ingesting(loaded))
    os.kill(slow, signal.SIGCONT)
    return {"other": other, "slow": ended(slow)}


def is_paused_past_its_lease(loaded: Settings) -> dict[str, object]:
    """It stands still between two transactions, keeps its connection, and finds that its run was taken over."""
    brief = loaded.model_copy(update={"lease_seconds": 1})
    slow = ingesting(brief, at="check.artefacts_written", signals=signal.SIGSTOP)
    stopped(slow)
    time.sleep(1.2)
    other = ended(ingesting(brief))
    os.kill(slow, signal.SIGCONT)
    return {"other": other, "slow": ended(slow)}


SCENES: dict[str, Callable[[Settings], dict[str, object]]] = {
    scene.__name__: scene
    for scene in (dies_with_its_claim, meets_another, is_paused_in_its_load, is_paused_past_its_lease)
}


if __name__ == "__main__":
    told = SCENES[sys.argv[1]](settings.load({"LVWS_CONFIG": str(Path(sys.argv[2]))}))
    sys.stdout.write(f"{json.dumps(told)}\n")
