"""The services that take onward referrals: which are set up, what their files are called, and their keys."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from typing import Any, Final

import pyrage
from pyrage import x25519

from exchange.errors import KeyUnusable
from exchange.settings import Settings, SftpHost
from exchange.sources import FEEDS
from mappings.triage_rules import load_rules

# Whatever an event says, nobody's record goes to a sender, nor to the commissioner, who gets anonymous data only.
NEVER: Final = frozenset({*FEEDS, "mopac"})

# Short enough for the name of a receipt to be one that we read from a server (intake.sftp.ALLOWED_NAME).
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,34}")

_RECEIPT: Final = r"ONWARD_{}_[0-9]{{8}}\.csv(\.age)?(\.[A-Za-z0-9]{{1,8}})?\.receipt\.csv"


def is_set_up(name: str, host: SftpHost) -> bool:
    """Whether onward referrals can go to a block [sftp.<name>]: it has a key to encrypt to."""
    return bool(host.age_recipient) and name not in NEVER and NAME.fullmatch(name) is not None


def set_up(settings: Settings) -> list[str]:
    """The services that people can be handed to, by name."""
    return sorted(name for name, host in settings.sftp.items() if is_set_up(name, host))


def shown(name: str) -> str:
    """A destination as operators may see it: case activity names it in free text, and only a code is shown."""
    return name if NAME.fullmatch(name) else "(no code)"


def recipient(settings: Settings, name: str) -> x25519.Recipient:
    """What files for this service are encrypted to. Raises KeyUnusable."""
    with contextlib.suppress(pyrage.RecipientError):
        return x25519.Recipient.from_str(settings.sftp[name].age_recipient or "")
    raise KeyUnusable(key=f"age_recipient in [sftp.{name}]", problem="it is not an age public key (age1...)")


def file_name(destination: str, day: date) -> str:
    """The one file of a day in London."""
    return f"ONWARD_{destination}_{day:%Y%m%d}.csv.age"


def is_receipt(destination: str, name: str) -> bool:
    """Whether a name is that of a receipt for a file of this destination; a file may have several."""
    return re.fullmatch(_RECEIPT.format(re.escape(destination)), name) is not None


def book() -> dict[str, Any]:
    """mappings/triage/destinations.csv as parameters of cms.onward_asked."""
    destinations = load_rules().destinations
    return {
        "reasons": list(destinations),
        "destinations": [each.name for each in destinations.values()],
        "at_once": [each.at_once for each in destinations.values()],
    }
