"""What `lvws rerun` has to tell: previews, and runs that were run again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import typer

from exchange.cli import desk, figures_page, run_table, screen
from exchange.errors import EXIT_DONE, EXIT_INPUT_REFUSED, EXIT_PRECEDENCE, EXIT_UNSAFE, ExchangeError
from exchange.operating.previewing import Preview, Row
from exchange.operating.rerun import Rerun

MOST_ROWS: Final = 20


@dataclass
class Told:
    """What came of it, run by run, and what failed."""

    done: list[Preview | Rerun] = field(default_factory=list)
    failures: list[ExchangeError] = field(default_factory=list)
    shown: int = 0

    def add(self, each: Preview | Rerun) -> None:
        """One more to tell."""
        self.done.append(each)

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """What fails with one run does not keep the others."""
        try:
            yield
        except ExchangeError as failure:
            self.failures.append(failure)

    @property
    def sources_changed(self) -> list[str]:
        """Whose runs were run again here."""
        return list(dict.fromkeys(e.run.source for e in self.done if isinstance(e, Rerun) and not e.already))

    @property
    def exit_code(self) -> int:
        """Of several causes the first that counts (interfaces: command-line)."""
        codes = {failure.exit_code for failure in self.failures}
        for each in self.done:
            if isinstance(each, Rerun) and each.run.state in {"refused", "stopped"}:
                codes.add(EXIT_UNSAFE if each.run.code == "signature" else EXIT_INPUT_REFUSED)
        return next((code for code in EXIT_PRECEDENCE if code in codes), max(codes, default=EXIT_DONE))

    def as_json(self) -> None:
        """One document: previews and runs."""
        screen.document(
            {
                "previews": [_preview_json(each) for each in self.done if isinstance(each, Preview)],
                "runs": [_rerun_json(each) for each in self.done if isinstance(each, Rerun)],
            }
        )
        self._say_failures()

    def show_last(self) -> None:
        """The newest, before somebody is asked about it."""
        for each in self.done[self.shown :]:
            _show_preview(each) if isinstance(each, Preview) else _show_rerun(each)
        self.shown = len(self.done)

    def show(self) -> None:
        """For people: what was not shown yet."""
        self.show_last()
        self._say_failures()

    def _say_failures(self) -> None:
        for failure in self.failures:
            typer.echo(str(failure), err=True)


def _preview_json(preview: Preview) -> dict[str, Any]:
    return {
        **run_table.as_json(preview.run),
        "new": [row.as_json() for row in preview.new],
        "changed": [row.as_json() for row in preview.changed],
        "blocked": [row.as_json() for row in preview.blocked],
        **preview.figures.as_json(),
        "digest": preview.digest,
    }


def _rerun_json(rerun: Rerun) -> dict[str, Any]:
    at = rerun.at.isoformat() if rerun.at else None
    return {**run_table.as_json(rerun.run), "already": rerun.already, "by": rerun.by, "at": at}


def _show_rerun(rerun: Rerun) -> None:
    run = rerun.run
    if rerun.already:
        what = "already loaded" if run.state == "loaded" else "a repeat of what was loaded before, noted"
        screen.say(f"Run {run.run} ({run.file}): {what} by {rerun.by} at {desk.at(rerun.at)}. Nothing was done.")
        return
    run_table.table("Run again", [run])
    if step := run_table.next_step(run):
        screen.say(f"  - {step}")


def _show_preview(preview: Preview) -> None:
    run = preview.run
    code = f" ({run.code})" if run.code else ""
    screen.say(f"Preview of run {run.run}: {run.file} of {run.source} would be {run.state}{code}. Nothing was changed.")
    if run.state == "loaded":
        counts = ", ".join(f"{getattr(run, name)} {name}" for name in run_table.COUNTS[1:] if getattr(run, name))
        screen.say(f"Rows: {run.rows}" + (f" = {counts}" if counts else ""))
    for title, rows in (("New", preview.new), ("Changed", preview.changed), ("Blocked", preview.blocked)):
        _show_rows(title, rows, run.run)
    figures_page.show(preview.figures)
    screen.say(f"To apply exactly this: lvws rerun {run.run} --previewed {preview.digest}")


def _show_rows(title: str, rows: Sequence[Row], run: str) -> None:
    if not rows:
        return
    screen.table(
        f"{title}: {len(rows):,}",
        ["line", "outcome", "code", "key"],
        [(row.line, row.outcome, row.code, row.key) for row in rows[:MOST_ROWS]],
        right=["line"],
    )
    if len(rows) > MOST_ROWS:
        screen.say(f"and {len(rows) - MOST_ROWS:,} more: lvws rerun {run} --preview --json")
