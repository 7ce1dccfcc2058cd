"""Letters to senders about the quality of their data, drafted (interfaces: returns, data_quality; R4, R20)."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import time_machine

from tests.feeds import CANARIES, a_police_file, a_police_row, police_name
from tests.service import Service, running

BROKEN = {"birth_date": "31/02/1980"}
ASK_FIRST = {"da_flag": "Y", "dash_risk": "S", "consent": ""}
BARE = dict.fromkeys("address_1 postcode mobile home_phone email".split(), "")


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


def came(service: Service, day: datetime, sequence: int, data: bytes) -> None:
    """A file of that day, taken in the night after it."""
    with time_machine.travel(day.replace(hour=22, tzinfo=UTC), tick=True):
        service.put("mps", police_name(day.date(), sequence), data)
        service.ingest("--source", "mps")
    with psycopg.connect(service.database_url) as connection:  # the database has its own clock
        connection.execute(
            "update ledger.delivery set received_at = %s where received_at > now() - interval '1 hour'", (day,)
        )


def letters(service: Service, *arguments: str, on: datetime = datetime(2019, 7, 5, 9)) -> tuple[str, str]:
    """What `lvws letters` says, and the letter to the Metropolitan Police."""
    with time_machine.travel(on.replace(tzinfo=UTC), tick=True):
        ran = service.lvws("letters", "--month", "2019-06", "--yes", *arguments)
    assert (ran.code, ran.err) == (0, "")
    path = service.home / "letters" / "2019-06" / "mps.md"
    return ran.out, path.read_text() if path.exists() else ""


def a_month_with_everything(service: Service) -> None:
    row = a_police_row
    may = {"recorded_at": "27/05/2019 10:15", "offence_from": "27/05/2019"}
    old = [row(1, **may, **BROKEN), row(2, **may, ho_code=""), row(3, **may)]
    came(service, datetime(2019, 5, 28), 1, a_police_file(old))
    first = [row(4, **BROKEN), row(5, **BROKEN), row(6, **ASK_FIRST), row(7, opted_out="Y"), row(8, **BARE)]
    first += [
        row(9, viw_number="0"),
        row(10, da_flag="Y", safe_to_contact=""),
        *(row(number) for number in range(20, 30)),
    ]
    came(service, datetime(2019, 6, 3), 2, a_police_file(first))
    came(service, datetime(2019, 6, 4), 3, a_police_file())
    came(service, datetime(2019, 6, 6), 4, a_police_file([row(1), row(5), row(6, **ASK_FIRST | {"consent": "Y"})]))
    came(service, datetime(2019, 6, 7), 5, a_police_file([row(30)]).replace(b"Zzamber", b"Zzbirch"))
    came(service, datetime(2019, 6, 10), 6, a_police_file([row(8, **BARE, record_type="U", sex="M")]))
    with psycopg.connect(service.database_url) as connection:
        connection.execute(
            "update ledger.delivery set received_at = '2019-06-13 03:00Z' where delivered_name = %s",
            (police_name(datetime(2019, 6, 10).date(), 6),),
        )


EVERYTHING = """\
# Quality of your data in June 2019

- To: Metropolitan Police Service
- From: London Victim and Witness Service
- Drafted: 5 July 2019

This letter is about your files with business days from 1 June 2019 to 30 June 2019. It names no person. References are your own.

## What came

- 3 files with rows and 1 file without any were taken in.
- 1 file came later than the day after the business day.
- Refused as a whole, nothing of it taken in: MPS_LVWS_20190607_000005.csv (`trailer`). The trailer does not agree with the file: rows or CRC-32 differ. Please send a correct file.
- 21 rows: 15 new, 1 changed something that we knew, 3 broken, 2 we may not keep (1 of these needs nothing from you).

## What was wrong, and what to do

| what | column | June 2019 | the month before | since | what to do |
|---|---|---:|---:|---|---|
| There is no such day or time in the calendar, or it lies before 1850 (`date_impossible`) | birth_date | 2 | 1 | 28 May 2019 | Correct it in your system and send the row again. |
| No phone, e-mail or address that can be used (`no_contact_details`) |  | 2 | 0 | this month | Send the row again with a phone number, e-mail address or postal address that can be used. |
| Domestic abuse needs explicit consent, and there is none (`consent_missing`) |  | 1 | 0 | this month | Send the row again once the person has agreed; until then nothing but its key is kept here. |
| Domestic abuse, and nobody has said whether contact is safe (`safe_contact_unknown`) |  | 1 | 0 | this month | Domestic abuse: send the row again with whether and how contact is safe. |
| This part of the key has not the shape that the feed's references have (`key_shape`) | viw_number | 1 | 0 | this month | Correct it in your system and send the row again. |

Not seen any more since last month: `ho_code_blank` in ho_code. Thank you.

## What was put right

3 earlier faults were put right in June 2019. The median time was 3 days, the longest 9 days, counted from the day on which we told you.

## Still open on 5 July 2019

- 1 for `ho_code_blank`, since 28 May 2019
- 1 for `no_contact_details`, since 3 June 2019
- 1 for `safe_contact_unknown`, since 3 June 2019
- 1 for `date_impossible`, since 3 June 2019
- 1 for `key_shape`, since 3 June 2019

The oldest; your rejects files have them all:

- 4000002/19|1: `ho_code_blank`, told on 28 May 2019
- 4000004/19|1: `date_impossible`, told on 3 June 2019
- 4000008/19|1: `no_contact_details`, told on 3 June 2019
- line 7 of MPS_LVWS_20190603_000002.csv, which has no usable reference: `key_shape`, told on 3 June 2019
- 4000010/19|1: `safe_contact_unknown`, told on 3 June 2019

## What people's safety hangs on

Referrals of June 2019, as we know them today:

- 1 of 15 referrals without a phone number that works.
- 1 of 2 referrals about domestic abuse without a word on whether contact is safe (`safe_to_contact`).
- 1 of 2 referrals about domestic abuse without the level of risk (`dash_risk`).

The rejects file beside each of your files names every row with its line, column and code. What you send again is taken in by itself. If something here is not clear, or wrong, please call us.
"""


def test_a_month_with_everything(service: Service) -> None:
    a_month_with_everything(service)
    said, text = letters(service)
    assert said.startswith("Drafted: ")
    assert text == EVERYTHING
    assert not [mark for mark in CANARIES if mark in text.lower()]
    folder = service.home / "letters" / "2019-06"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "mps.md")] == [0o700, 0o600]


def test_the_second_run_replaces_the_draft_and_says_so(service: Service) -> None:
    came(service, datetime(2019, 6, 3), 1, a_police_file([a_police_row(1, **BROKEN)]))
    _, before = letters(service)
    came(service, datetime(2019, 6, 4), 2, a_police_file([a_police_row(1)]))
    said, after = letters(service, on=datetime(2019, 7, 6, 9))
    assert said.startswith("Replaced the draft: ")
    assert ("## Still open on 5 July 2019" in before, "## Still open" in after) == (True, False)
    assert "1 earlier fault was put right in June 2019. The median time was 1 day, the longest 1 day" in after


FAULTLESS = """\
# Quality of your data in June 2019

- To: Metropolitan Police Service
- From: London Victim and Witness Service
- Drafted: 5 July 2019

This letter is about your files with business days from 1 June 2019 to 30 June 2019. It names no person. References are your own.

## What came

- 1 file with rows and 1 file without any were taken in.
- 1 row: 1 new.

## What was wrong

Everything that you sent in June 2019 was right, and in time: thank you.

## What people's safety hangs on

Referrals of June 2019, as we know them today:

- 0 of 1 referral without a phone number that works.

The rejects file beside each of your files names every row with its line, column and code. What you send again is taken in by itself. If something here is not clear, or wrong, please call us.
"""


def test_a_month_without_faults_is_praised_in_a_sentence(service: Service) -> None:
    came(service, datetime(2019, 6, 3), 1, a_police_file())
    came(service, datetime(2019, 6, 4), 2, a_police_file([a_police_row(1)]))
    _, text = letters(service)
    assert text == FAULTLESS


def test_a_month_without_files_has_no_letter_and_one_to_come_is_refused(service: Service) -> None:
    said, text = letters(service)
    assert (said, text) == ("No letters: no files came for June 2019.\n", "")
    assert not (service.home / "letters").exists()
    assert service.lvws("letters", "--month", "2999-01").code == 2
    assert service.lvws("letters", "--month", "June").code == 2
    assert service.lvws("letters", "--month", "2019-06", "--source", "nobody").code == 7


def test_letters_go_to_another_folder_and_to_one_source_alone(service: Service, tmp_path: Path) -> None:
    service.configure("btp")
    came(service, datetime(2019, 6, 3), 1, a_police_file([a_police_row(1)]))
    service.put("btp", police_name(0, 1, "BTP"), a_police_file([a_police_row(2)]))
    service.loaded("--source", "btp")
    out = tmp_path / "drafts"
    ran = service.lvws("letters", "--month", "2019-06", "--source", "btp", "--out", str(out), "--json")
    assert ran.json == {
        "month": "2019-06",
        "letters": [{"source": "btp", "file": str(out / "btp.md"), "replaced": False}],
    }
    assert "To: British Transport Police" in (out / "btp.md").read_text()
    assert not (service.home / "letters").exists()
    out.chmod(0o755)
    assert service.lvws("letters", "--month", "2019-06", "--out", str(out)).code == 5
