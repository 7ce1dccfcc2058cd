"""The command `lvws` (interfaces: command-line): one module a command; heavy imports wait until one needs them."""

from __future__ import annotations

import os
import resource
import sys
import traceback
from typing import NoReturn

import typer

from exchange.cli import (
    alerts,
    backfill,
    backup,
    contact,
    demo,
    doctor,
    due,
    files,
    held,
    idva,
    ingest,
    inputs,
    keys,
    letters,
    mappings,
    migrate,
    not_passable,
    onward,
    operators,
    proposals,
    purge,
    quarantine,
    rejects,
    rerun,
    returns,
    review,
    runs,
    status,
    steps,
    synth,
    undo,
    watch,
)
from exchange.errors import EXIT_OUR_FAULT, EXIT_WRONG_USE, ExchangeError

STOPPED_BY_HAND = 130  # what typer makes of Ctrl-C, as every shell does

app = typer.Typer(
    name="lvws",
    help="Data exchange and reporting of the London Victim and Witness Service.",
    epilog="Settings: lvws.toml (LVWS_CONFIG) and LVWS_ variables, docs/settings.md. "
    "In the morning: lvws runs. First try: lvws demo.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    ingest.ingest,
    runs.runs,
    runs.show,
    rerun.rerun,
    backfill.backfill,
    undo.undo,
    files.files,
    due.due,
    status.status,
    watch.watch,
    doctor.doctor,
    migrate.migrate,
    purge.purge,
    backup.backup,
    backup.restore,
    demo.demo,
    synth.synth,
    letters.letters,
):
    app.command()(command)
for name, group in (
    ("contact", contact.app),
    ("proposals", proposals.app),
    ("held", held.app),
    ("review", review.app),
    ("steps", steps.app),
    ("not-passable", not_passable.app),
    ("operators", operators.app),
    ("quarantine", quarantine.app),
    ("rejects", rejects.app),
    ("onward", onward.app),
    ("returns", returns.app),
    ("idva", idva.app),
    ("inputs", inputs.app),
    ("mappings", mappings.app),
    ("alerts", alerts.app),
    ("keys", keys.app),
):
    app.add_typer(group, name=name)


def main() -> NoReturn:
    """Run the command and end with its exit code; a foreseeable failure is a sentence, never a traceback."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold people's records
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:  # noqa: PLR0911 - one return for each way to end
    """Run one command line and return its exit code; errors are said on standard error."""
    try:
        answer = app(arguments, standalone_mode=False)
        code = answer if isinstance(answer, int) else 0
        if code == STOPPED_BY_HAND:
            _say("Stopped by hand. Nothing is lost: run the same command again.")
        return code
    except ExchangeError as error:
        _say(str(error))
        return error.exit_code
    except (typer.Exit, SystemExit) as done:
        return int(getattr(done, "exit_code", getattr(done, "code", 0)) or 0)
    except typer.Abort:
        _say("Stopped: nothing was changed.")
        return EXIT_WRONG_USE
    except typer.TyperException as misuse:
        _say(f"E201 {misuse.format_message()} See: lvws --help, or lvws COMMAND --help.")
        return EXIT_WRONG_USE
    except BrokenPipeError:
        return 0
    except Exception as fault:  # noqa: BLE001 - the last line of defence: no traceback, no value of a record
        _say(
            f"E001 A fault of ours ({describe_fault(fault)}). Nothing was loaded halfway. "
            "Run the command again; if it comes back, report this line and the time."
        )
        return EXIT_OUR_FAULT


def describe_fault(fault: BaseException) -> str:
    """A fault's kind and place; never its text, which may hold a value of a person's record."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename and frame.name != "<module>"] or frames
    place = f"{os.path.basename(ours[-1].filename)}:{ours[-1].lineno}" if ours else "nowhere"  # noqa: PTH119
    return f"{type(fault).__name__} at {place}"


def _say(text: str) -> None:
    typer.echo(text, err=True)
