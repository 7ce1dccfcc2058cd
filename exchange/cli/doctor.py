"""`lvws doctor`: is everything in place, and if not, what to do."""

from __future__ import annotations

from exchange.cli import screen
from exchange.cli.screen import Json, Yes
from exchange.errors import EXIT_DONE


def doctor(json: Json = False, yes: Yes = False) -> int:
    """Check settings, keys, host keys, folders, database, clock, versions and disk, each with what to do."""
    from exchange import checkup  # noqa: PLC0415 - imports every part that it looks at

    found = checkup.examine()
    if json:
        screen.document({"checks": [{"what": c.what, "state": c.state, "says": c.says, "do": c.do} for c in found]})
    else:
        screen.table("Checks", ["", "what", "says", "what to do"], [(c.state, c.what, c.says, c.do) for c in found])
    worst = [check.exit_code for check in found if check.state == "bad"]
    return min(worst) if worst else EXIT_DONE
