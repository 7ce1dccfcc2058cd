"""The page of a rerun: what would be new, changed and blocked; or what came of it. Keys of rows stay in the command."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.cli import desk, run_table
from exchange.cli.rerun_page import Told
from exchange.operating.previewing import Preview
from exchange.operating.rerun import Rerun
from flows.page import many, plain

_MOST = 100


def headline(told: Told) -> str:
    """One line: how many runs, and whether something failed."""
    previews = sum(isinstance(each, Preview) for each in told.done)
    done = sum(isinstance(each, Rerun) and not each.already for each in told.done)
    parts = [many(previews, "preview")] if previews else []
    parts += [many(done, "run") + " run again"] if done else []
    parts += [many(len(told.failures), "failure")] if told.failures else []
    return ", ".join(parts) or "nothing to do"


def markdown(told: Told) -> str:
    """The whole page."""
    return "\n\n".join(_parts(told)) + "\n"


def _parts(told: Told) -> Iterator[str]:
    for failure in told.failures:
        says, do = failure.sentences
        yield f"**{plain(says)}** {plain(do)} ({failure.code})"
    for each in told.done:
        yield from _preview(each) if isinstance(each, Preview) else _rerun(each)


def _rerun(rerun: Rerun) -> Iterator[str]:
    run = rerun.run
    if rerun.already:
        yield f"Run {run.run}, {plain(run.file)}: already {run.state} by {plain(rerun.by)} at {desk.at(rerun.at)}."
        return
    counts = ", ".join(f"{getattr(run, name)} {name}" for name in run_table.COUNTS[1:] if getattr(run, name))
    yield f"## {plain(run.file)}: {run.state}" + (f" ({run.code})" if run.code else "")
    yield f"Run {run.run}, rows {run.rows}" + (f" = {counts}." if counts else ".")
    if step := run_table.next_step(run):
        yield plain(step)


def _preview(preview: Preview) -> Iterator[str]:
    run = preview.run
    yield f"## Preview of {plain(run.file)}: it would be {run.state}" + (f" ({run.code})" if run.code else "")
    yield (
        f"{len(preview.new):,} new, {len(preview.changed):,} changed, {len(preview.blocked):,} blocked of {run.rows:,} "
        f"rows. Each of them with its key: `lvws rerun {run.run} --preview`"
    )
    if preview.figures.moved:
        lines = ["| return | table | row | column | now | then |", "|---|---|---|---|--:|--:|"]
        lines += [
            f"| {e.of_return} {e.period} | {plain(e.table)} | {plain(e.row)} | {plain(e.column)} | {e.before or ''} "
            f"| {e.after or ''} |"
            for e in preview.figures.moved[:_MOST]
        ]
        yield f"### {many(len(preview.figures.moved), 'figure')} would move\n\n" + "\n".join(lines)
    yield f"To apply exactly this: run `rerun` again with `preview` off and `previewed` = `{preview.digest}`"
