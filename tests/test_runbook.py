"""The runbook: no error code, state or alert without its entry, no entry of something that is no more."""

from __future__ import annotations

import re

from docs.generate import runbook
from docs.generate.commands import every_command
from exchange.alerts.kinds import KINDS
from tests.test_docs import exists


def test_no_entry_is_missing_and_none_is_too_many() -> None:
    assert sorted(runbook.entries()) == sorted(runbook.wanted())


def test_every_entry_says_what_it_means_and_whom_to_ask() -> None:
    assert not [name for name, entry in runbook.entries().items() if not (entry.means.strip() and entry.ask.strip())]


def test_every_command_that_it_or_an_alert_advises_exists() -> None:
    commands = dict(every_command())
    texts = [runbook.HEAD, *(f"{kind.says} {kind.do}" for kind in KINDS.values())]
    named = [words for text in texts for words in re.findall(r"lvws ([a-z][a-z -]*)", text)]
    assert named
    assert not [words for words in named if not exists(words, commands)]
