"""Does matching a night cost more when the CMS is larger? A night of 600 rows against 10,000 to 2,000,000 people.

    python -m benchmarks.people [--people 10000 200000 2000000] [--turns 3]

The CMS is filled with people who do not exist, with their match keys, by the database itself. Then one process takes in
nights of three files: the first warms it, of the others the middle one counts. To reach: DESIGN section 9. Ends with 1
where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg

from benchmarks import ground, nights, watching
from exchange import keyring, stages
from exchange.cms.people import matching
from exchange.database import Connection
from samples import fraud, police
from samples.rows import File, Row

SECONDS, GROWTH = 2.0, 1.5
_SOURCES: Final = ("mps", "btp", "action_fraud")

# Names, birth dates and homes as many as in life; ten keys each, of which everybody shares one with somebody else.
_FILL: Final = """
    set session_replication_role = replica;
    insert into cms.referral (source, referral_key, received_on, withdrawn, reopened, consent_pending, made_by,
        changed_by, single, first_line, first_file_order, first_record_type, first_opens, channel, incident_kind,
        crime_category, victim_type, offence_from, recorded_at, forename, surname, birth_date, address_1, postcode,
        postcode_usable, borough_code, phone, phone_e164, email, email_usable, consent, da_flag, offence_title)
    select 'colp', 'made-' || n || '/18|1', date '2018-01-01' + n %% 365, false, false, false, 'made', 'made', true, 2,
        n, 'N', true, 'police', 'crime', 'other_theft', 'individual', date '2018-01-01' + n %% 365, '2018-06-01',
        'Zz' || n %% 5000, 'Zz' || n %% 30011, date '1940-01-01' + n %% 25000, n %% 200 || ' Zzquarry Row', 'E20 9ZZ',
        true, 'E09000025', '07700 900987', '+447700900987', 'zz' || n || '@example.org', true, 'Y', false, 'Other theft'
    from generate_series(1, %(people)s) n;
    insert into cms.matching (referral_id, done_at, identity, model_version, secret)
    select referral_id, now(), 'new', 'made', %(secret)s from cms.referral;
    alter table cms.match_key drop constraint match_key_pkey;
    insert into cms.match_key
    select kind, hashint8extended(case kind when 5 then r.referral_id / 2 else r.referral_id end, kind), r.referral_id
    from cms.referral r, generate_series(1, 10) kind;
    alter table cms.match_key add primary key (kind, key, referral_id);
    insert into cms.pair select referral_id - 1, referral_id, 25, 'automatic', false, false, array['phone_same'], null,
        'made' from cms.referral where referral_id %% 20 = 0;
    insert into cms.link (left_id, right_id, how, reasons) select left_id, right_id, 'automatic', '{}' from cms.pair;
    set session_replication_role = origin;
"""
_SETTLE: Final = "vacuum (analyze) cms.referral, cms.matching, cms.match_key, cms.pair, cms.link"


@dataclass
class Turns:
    """Seconds of each night: the whole of it, matching alone, and the processor's in matching (ours, PostgreSQL's)."""

    people: int
    load_average: list[float] = field(default_factory=list)
    night: list[float] = field(default_factory=list)
    match: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    def told(self) -> str:
        """A line of the table."""
        middle = [statistics.median(each) for each in (self.night, self.match, self.ours, self.database)]
        load = " ".join(f"{each:.1f}" for each in self.load_average)
        return f"{self.people:>12,}" + "".join(f"{each:>12.2f}" for each in middle) + f"    {load}"


def main(arguments: list[str] | None = None) -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.people", description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 200_000, 2_000_000])
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args(arguments)
    found = []
    print(f"{'people':>12}{'night s':>12}{'match s':>12}{'CPU s':>12}{'database':>12}    load averages", flush=True)
    with tempfile.TemporaryDirectory(prefix="lvws-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # where root runs this, PostgreSQL runs as somebody else
        with ground.postgres(folder / "server") as postgres, ground.sender(folder / "sftp") as sender:
            for people in given.people:
                found.append(_measured(postgres, sender, folder, people=people, turns=given.turns))
                print(found[-1].told(), flush=True)
    return _judged(found)


def _judged(found: list[Turns]) -> int:
    whole, alone = ([statistics.median(getattr(each, name)) for each in found] for name in ("night", "match"))
    growth = max(max(each) / min(each) for each in (whole, alone))
    print(f"a night takes up to {max(whole):.2f} s (to reach: {SECONDS}); dearest beside cheapest: {growth:.2f}")
    return int(max(whole) > SECONDS or growth > GROWTH)


def _measured(postgres: ground.Postgres, sender: ground.Sender, folder: Path, *, people: int, turns: int) -> Turns:
    """Fill a database, and take in one night more than is counted."""
    made = Turns(people)
    place = folder / f"people-{people}"
    place.mkdir()
    with postgres.database("people") as url:
        home = ground.home(place, url, dict.fromkeys(_SOURCES, sender.host))
        with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
            secret, _ = keyring.secret(home.settings.home, "match-keys")
            connection.execute(_FILL, {"people": people, "secret": secret})
            connection.execute(_SETTLE)
            connection.execute("checkpoint")
        os.sync()  # what filling wrote is on disk, and no night waits for it
        for number in range(1, turns + 2):
            nights.put(sender, _night(number))
            told = made if number > 1 else Turns(people)
            told.load_average.append(os.getloadavg()[0])
            with _watching(told):
                begin = time.perf_counter()
                taken = stages.ingest(home.settings, list(_SOURCES), None, lambda _: None)
                told.night.append(time.perf_counter() - begin)
            if taken.failures or len(told.match) != len(told.night):
                raise watching.Failed(f"a night was not matched: {taken.failures}")
    return made


def _night(number: int) -> list[File]:
    """Three files of a business day, 600 people; every tenth is somebody of the night before, in another crime."""
    day = nights.FIRST_DAY + timedelta(days=number)
    who = [each - 599 if each % 10 == 0 else each for each in range(number * 600, number * 600 + 600)]

    def police_rows(among: slice) -> tuple[Row, ...]:
        return tuple(
            Row(
                police.made(
                    each,
                    "theft",
                    day,
                    mobile=_mobile(each),
                    crime_reference=f"{number * 1000 + among.start + place:07d}/19",
                )
            )
            for place, each in enumerate(who[among])
        )

    frauds = tuple(
        Row(fraud.made(each, "shopping", day, phone=_mobile(each), reference=f"NFRC1901{number * 1000 + place:08d}"))
        for place, each in enumerate(who[450:])
    )
    return [
        File("mps", f"MPS_LVWS_{day:%Y%m%d}_{number:06d}.csv", day, number, police_rows(slice(0, 400))),
        File("btp", f"BTP_LVWS_{day:%Y%m%d}_{number:06d}.csv", day, number, police_rows(slice(400, 450))),
        File("action_fraud", f"AF_LVWS_{day:%Y-%m-%d}.csv", day, number, frauds),
    ]


def _mobile(number: int) -> str:
    return f"07700 900{number % 1000:03d}"


@contextmanager
def _watching(told: Turns) -> Iterator[None]:
    """Note what matching takes while the block lasts."""
    match = matching.match_all

    def watched(connection: Connection, secret: matching.Secret) -> Any:
        backend = psutil.Process(connection.info.backend_pid)
        before, processor, begin = sum(backend.cpu_times()[:2]), time.process_time(), time.perf_counter()
        done = match(connection, secret)
        told.match.append(time.perf_counter() - begin)
        told.ours.append(time.process_time() - processor)
        told.database.append(sum(backend.cpu_times()[:2]) - before)
        return done

    matching.match_all = watched
    try:
        yield
    finally:
        matching.match_all = match


if __name__ == "__main__":
    sys.exit(main())
