"""What one `lvws ingest` did, in words: what came, what was left, what to do now."""

from __future__ import annotations

import typer

from exchange.cli import run_table, screen
from exchange.stages import Night


def show_night(night: Night) -> None:
    """What one `lvws ingest` did, the most dangerous first."""
    _high_risk(night)
    for alert in night.onward.alerts:
        screen.say(f"ONWARD REFERRALS: {alert}")
    run_table.table("Files taken in", night.runs) if night.runs else screen.say("No new file was there.")
    for source, names in night.incomplete.items():
        screen.say(f"{source}: not complete yet, left for the next run: {', '.join(names)}")
    for source, count in night.unknown.items():
        screen.say(f"{source}: {count} files with names that are not this feed's were left alone.")
    for line in night.onward.told:
        screen.say(f"Onward referrals, {line}")
    steps = [step for run in night.runs if (step := run_table.next_step(run))]
    steps += night.onward.left
    if steps:
        screen.say("\nTo do:")
        for step in steps:
            screen.say(f"  - {step}")
    say_failures(night)
    if not (steps or night.failures or night.not_passable or night.onward.alerts):
        screen.say("Nothing to do.")


def _high_risk(night: Night) -> None:
    if night.high_risk:
        many = sum(each.referrals for each in night.high_risk)
        screen.table(
            f"High-risk domestic abuse: {many} {'referral' if many == 1 else 'referrals'}",
            ["area", "new", "changed", "of them held", "whose"],
            [
                (each.area, each.new or "·", each.changed or "·", each.held or "·", each.owner)
                for each in night.high_risk
            ],
            right=["new", "changed", "of them held"],
        )
        screen.say()
    if night.not_passable:
        screen.say(
            "High-risk domestic abuse that is not passable, for want of consent. Ask the force today whether its"
        )
        screen.say("own MARAC referral is made, and write the answer down; the row comes again once the person agrees:")
        for row in night.not_passable:
            screen.say(f"  - {row.source}, area {row.area}: {row.file}, line {row.line} (run {row.run}); {row.owner}")
        screen.say()


def say_failures(night: Night) -> None:
    """What went wrong, on standard error."""
    for failure in night.failures:
        typer.echo(str(failure), err=True)
