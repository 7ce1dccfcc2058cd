"""The drill: a bad week in a sandbox, put right with the runbook's commands alone, ends like a good one.

Late file, half file, wrong columns, wrong key, duplicate delivery, a crash in the load, a wrong file and its restatement,
a changed host key, a full disk, a change of the clocks, Prefect away. `make drill` shows each step.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace

import pyrage
import pytest

from docs.generate import runbook
from tests.crashes.dump import difference
from tests.feeds import Row, a_police_file, a_stranger, a_trailer, police_name
from tests.intake import sealed
from tests.repository import ROOT
from tests.service import Ran, Service, fresh_database, running
from tests.test_undo import cms

# The week in which the clocks went back: on Sunday 27 October 2019 the hour from 01:00 came twice.
MONDAY = date(2019, 10, 21)
KILLED = (
    "import sys; from exchange import settings; from tests.crashes.workers import ended, ingesting; "
    "sys.exit(abs(ended(ingesting(settings.load(), at='load.counted'))))"
)


@dataclass
class Week:
    """Eight days of a police force: what it really has to say, whatever happens to it on its way."""

    service: Service
    used: list[str] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """Of programs of their own: Prefect's server is away."""
        away = "http://127.0.0.1:1/api"
        return {**os.environ, "LVWS_CONFIG": str(self.service.folder / "lvws.toml"), "PREFECT_API_URL": away}

    def day(self, number: int) -> date:
        return MONDAY + timedelta(days=number)

    def rows(self, number: int) -> list[Row]:
        first = 100 * number
        at = f"{self.day(number):%d/%m/%Y}"
        rows = [a_stranger(first + n, recorded_at=f"{at} 01:30", offence_from=at) for n in range(4)]
        if number:
            rows.append(
                a_stranger(first - 99, record_type="U", station="Bow", recorded_at=f"{at} 09:00", offence_from=at)
            )
        return rows

    def name(self, number: int) -> str:
        return police_name(self.day(number), number + 1)

    def put(self, number: int, data: bytes | None = None, name: str | None = None) -> Path:
        return self.service.put("mps", name or self.name(number), data or a_police_file(self.rows(number)))

    def lvws(self, *arguments: str, code: int = 0) -> Ran:
        """A command of the runbook; it has to end as it is said."""
        self.used.append(f"lvws {arguments[0]}" + (" list" if arguments[1:2] == ("list",) else ""))
        ran = self.service.lvws(*arguments)
        sys.stdout.write(f"  $ lvws {' '.join(arguments)}  ({ran.code})\n")
        assert ran.code == code, ran
        return ran

    def run_of(self, number: int, state: str) -> str:
        found = self.service.rows(
            "select run from ledger.run where business_date = %s and state = %s order by started_at desc",
            self.day(number),
            state,
        )
        return str(found[0][0])


def say(what: str) -> None:
    sys.stdout.write(f"\n{what}\n")


@contextlib.contextmanager
def week(folder: Path, server: str) -> Iterator[Week]:
    folder.mkdir()
    with fresh_database(server) as url, running(folder, url) as service:
        yield Week(service)


def good(week: Week) -> None:
    for number in range(8):
        week.put(number)
        assert week.service.ingest().code == 0


def monday(week: Week, _: pytest.MonkeyPatch) -> None:
    """Prefect is away, and the file is half there."""
    whole = a_police_file(week.rows(0))
    week.put(0, whole[: len(whole) // 2])
    flow = [sys.executable, "-m", "flows.nightly"]
    away = subprocess.run(flow, cwd=ROOT, env=week.env, capture_output=True, check=False, timeout=300)
    assert away.returncode != 0
    week.lvws("ingest", "--source", "mps")
    assert week.name(0) in week.lvws("files").out
    week.put(0, whole)
    week.lvws("ingest", "--source", "mps")


def tuesday(week: Week, _: pytest.MonkeyPatch) -> None:
    """The columns are in another order; the sender corrects them."""
    body = a_police_file(week.rows(1), trailer=False).replace(
        b"crime_reference,viw_number", b"viw_number,crime_reference", 1
    )
    week.put(1, body + a_trailer(body, 5))
    week.lvws("ingest", "--source", "mps", code=3)
    week.lvws("runs")
    week.lvws("rerun", week.run_of(1, "refused"), "--yes", code=3)
    week.put(1)
    week.lvws("ingest", "--source", "mps")


def wednesday(week: Week, _: pytest.MonkeyPatch) -> None:
    """Encrypted to another key, and Tuesday's file comes again under another name."""
    service = week.service
    stranger = str(pyrage.x25519.Identity.generate().to_public())
    wrong = week.put(2, sealed.age(a_police_file(week.rows(2)), to=stranger), week.name(2) + ".age")
    os.utime(wrong, (1_570_000_000, 1_570_000_000))
    week.put(1, None, police_name(week.day(1), 2) + ".age").write_bytes(
        sealed.age(a_police_file(week.rows(1)), to=sealed.public_part(service.home, "intake-age"))
    )
    week.lvws("ingest", "--source", "mps", code=3)
    wrong.unlink()
    week.put(2)
    week.lvws("ingest", "--source", "mps")


def thursday(week: Week, _: pytest.MonkeyPatch) -> None:
    """The machine dies in the middle of the load."""
    week.put(3)
    died = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=week.env, check=False, timeout=120)
    assert died.returncode == 9
    week.lvws("rerun", week.run_of(3, "open"), "--yes")


def friday(week: Week, _: pytest.MonkeyPatch) -> None:
    """The wrong file, with people who are none of ours; then the right one."""
    week.put(4, a_police_file([a_stranger(900 + n) for n in range(3)]))
    week.lvws("ingest", "--source", "mps")
    run = week.run_of(4, "loaded")
    week.lvws("undo", run, "--preview")
    week.lvws("undo", run, "--yes")
    week.put(4)
    week.lvws("ingest", "--source", "mps")


def saturday(week: Week, _: pytest.MonkeyPatch) -> None:
    """The server shows another host key, which two people check by phone."""
    service = week.service
    week.put(5)
    known_hosts = Path(service.hosts["mps"]["known_hosts"])
    right = known_hosts.read_text()
    key = right.split()[2]
    known_hosts.write_text(right.replace(key, key[:-12] + "AAAA" + key[-8:]))
    assert service.lvws("ingest", "--source", "mps").code == 5
    week.lvws("watch")
    assert "nothing is read from its server" in week.lvws("alerts", "list").out
    known_hosts.write_text(right)
    week.lvws("ingest", "--source", "mps")
    week.lvws("watch")


def sunday(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clocks go back; no room on the disk."""
    service = week.service
    week.put(6)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0, total=1, used=1))
        full = service.lvws("ingest", "--source", "mps")
        assert (full.code, full.err[:4]) == (1, "E606"), full
    week.lvws("ingest", "--source", "mps")


def monday_again(week: Week, _: pytest.MonkeyPatch) -> None:
    """The file comes a day late, together with a broken one that is stopped."""
    late = week.rows(7)
    broken = [a_stranger(800 + n, ho_code="999/99") for n in range(12)]
    week.put(7, a_police_file([*late, *broken]))
    week.lvws("ingest", "--source", "mps", code=3)
    run = week.run_of(7, "stopped")
    week.lvws("rerun", run, "--preview", "--accept-quarantine")
    week.lvws("rerun", run, "--accept-quarantine", "--yes")
    week.lvws("quarantine", "list")
    week.lvws("status")


DAYS = (monday, tuesday, wednesday, thursday, friday, saturday, sunday, monday_again)


def bad(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in DAYS:
        say(f"{day.__name__.replace('_', ' ').capitalize()}: {day.__doc__}")
        day(week, monkeypatch)


def test_a_bad_week_ends_like_a_good_one(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with week(tmp_path / "bad", server) as one, week(tmp_path / "good", server) as other:
        bad(one, monkeypatch)
        good(other)
        say("Compared with a good week:")
        lines = difference(by_content(other.service), by_content(one.service))
        sys.stdout.write("  the CMS is the same\n" if not lines else "\n".join(lines) + "\n")
        assert lines == []
        assert one.service.rows("select count(*) from cms.referral") == [(32,)]
        assert one.service.loaded() == [], "and the next night changes nothing"
        told = set(re.findall(r"lvws [a-z]+(?: list)?", runbook.HEAD))
        assert {each for each in one.used if each not in told} <= {"lvws ingest", "lvws runs"}, one.used


def by_content(service: Service) -> dict[str, list[str]]:
    """The CMS but for where a file came how often: a file that was refused first has a later arrival."""
    return {
        place: [re.sub(r"'(?:first_)?file_order': \d+, |'made_by': '[^']*', ", "", line) for line in lines]
        for place, lines in cms(service).items()
    }
