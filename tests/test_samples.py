"""The sample files are what samples/make.py makes, and the service makes of them what expected.json says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from exchange import database, stages
from exchange.ledger import reports
from exchange.settings import Settings, SftpHost
from exchange.sources import FEEDS
from samples import make
from tests.servers import sftp_server

EXPECTED = json.loads((make.FOLDER / "expected.json").read_text(encoding="utf-8"))


def test_the_committed_files_are_those_that_are_made():
    """If not: python -m samples.make."""
    committed = {
        path.relative_to(make.FOLDER).as_posix(): path.read_bytes()
        for path in make.FOLDER.rglob("*")
        if path.is_file() and path.suffix != ".py" and path.name != ".gitattributes" and "__pycache__" not in path.parts
    }
    assert committed == make.made()


@pytest.fixture
def night(settings: Settings, tmp_path: Path) -> tuple[Settings, stages.Night]:
    """All samples through the whole service."""
    folder = tmp_path / "server"
    folder.mkdir()
    with sftp_server(folder) as server:
        hosts: dict[str, SftpHost] = {}
        for source in FEEDS:
            for name in ("outgoing", "incoming"):
                (server.root / source / name).mkdir(parents=True)
            for sample in (make.FOLDER / source).iterdir():
                put = server.root / source / "outgoing" / sample.name
                put.write_bytes(sample.read_bytes())
                os.utime(put, (1_560_000_000, 1_560_000_000))  # long ago: nobody writes to it any more
            hosts[source] = server.settings(outgoing=f"/{source}/outgoing", incoming=f"/{source}/incoming")
        served = settings.model_copy(update={"sftp": hosts})
        return served, stages.ingest(served, list(FEEDS), None, lambda _what: None)


def test_every_file_comes_to_the_state_and_counts_that_are_expected(night):
    _, done = night
    got = [
        {**{name: getattr(run, name) for name in expected}, "business_date": run.business_date.isoformat()}
        for run in done.runs
        for expected in EXPECTED["files"]
        if expected["file"] == run.file
    ]
    assert sorted(got, key=_by_file) == sorted(EXPECTED["files"], key=_by_file)
    assert done.incomplete == EXPECTED["incomplete"]
    assert not done.failures


def test_every_broken_row_breaks_a_rule_of_its_own_line(night):
    """Each row that is made to be quarantined is found where it stands, and no other is."""
    served, _ = night
    with database.connect(served, "reader") as connection:
        found = connection.execute(
            "select r.file, d.line from ledger.disposition d join ledger.run r using (run) where outcome = 'quarantined'"
        ).fetchall()
        assert [gap.first for gap in reports.files(connection, None).gaps] == [403]
    meant = [
        (file.name, line) for file in make.files() for line, row in make.lines(file) if row.outcome == "quarantined"
    ]
    assert sorted(found) == sorted(meant)


def test_people_with_unusual_names_are_in_the_cms_as_they_were_sent(night):
    served, _ = night
    names = ["Null", "O'Neill-Null", "Nguyễn", "Ó Súilleabháin", "None", "Nan", "=SUM(A1)"]
    with database.connect(served, "reader") as connection:
        found = connection.execute(
            "select distinct surname from cms.referral where surname = any(%s)", (names,)
        ).fetchall()
    assert sorted(name for (name,) in found) == sorted(names)


def _by_file(run: dict[str, object]) -> str:
    return str(run["file"])
