"""What one sender's files of one month say about the quality of its data: counts, codes and keys, never a value.

A month is that of the business dates. What is open, and what referrals lack, is as known when it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar

from psycopg.rows import class_row

from exchange.clock import LONDON
from exchange.database import Connection, transaction
from exchange.ledger.rejects import NOTHING_TO_MEND
from validators.rules import RULES

MOST_KEYS: Final = 10

T = TypeVar("T")


@dataclass(frozen=True)
class Files:
    """Files of the month.

    - refused: file and code of each that was refused or stopped.
    - restated: took the place of another content of that name.
    - late: came later than the day after their business date.
    """

    refused: tuple[tuple[str, str], ...]
    loaded: int
    nil: int
    repeated: int
    restated: int
    late: int
    unfinished: int


@dataclass(frozen=True)
class Rows:
    """Rows of the month's loaded files, all and by outcome. `nothing_to_mend`: excluded ones that nobody need mend."""

    rows: int
    created: int
    updated: int
    withdrawn: int
    duplicate: int
    quarantined: int
    excluded: int
    waiting: int
    nothing_to_mend: int


@dataclass(frozen=True)
class Fault:
    """One thing that was wrong: rows in the month and in the one before, and the business date of the first ever.

    `code` is a rule for broken rows (kind quarantined), else the reason; `column` is blank where it names none.
    """

    kind: str
    code: str
    column: str
    rows: int
    before: int
    since: date


@dataclass(frozen=True)
class Mended:
    """Rejects that were mended in the month, and how many London days that took; `by_us`: staff needed no answer."""

    rejects: int
    by_us: int
    median_days: float | None
    longest_days: int | None


@dataclass(frozen=True)
class StillOpen:
    """Open rejects of one kind and code, first told on `since` (London)."""

    kind: str
    code: str
    rejects: int
    since: date


@dataclass(frozen=True)
class Example:
    """One open reject: its key, or its line and file where the key is unsound."""

    key: str | None
    line: int
    file: str
    code: str
    since: date


@dataclass(frozen=True)
class Safety:
    """What referrals of the month lack that their safety hangs on. All are counts."""

    referrals: int
    without_phone: int
    domestic_abuse: int
    without_safe_contact: int
    without_risk: int


@dataclass(frozen=True)
class Month:
    """Everything that a letter tells. `first` and `last`: the days of the month; `asked`: today in London."""

    source: str
    first: date
    last: date
    asked: date
    files: Files
    rows: Rows
    faults: tuple[Fault, ...]
    mended: Mended
    still_open: tuple[StillOpen, ...]
    oldest: tuple[Example, ...]
    safety: Safety


def sources_with_files(connection: Connection, first: date, last: date) -> list[str]:
    """The sources that had files of these business dates."""
    with transaction(connection, "looking for files"):
        found = connection.execute(
            "select distinct source from ledger.run where business_date between %s and %s order by source",
            (first, last),
        ).fetchall()
    return [source for (source,) in found]


def month(connection: Connection, source: str, *, first: date, last: date, now: datetime) -> Month:
    """The figures of a source's month, as known now."""
    today = now.astimezone(LONDON).date()
    facts = {
        "source": source,
        "first": first,
        "last": last,
        "nothing": list(NOTHING_TO_MEND),
        "broken": [rule.id for rule in RULES.values() if rule.severity == "quarantine"],
        "most": MOST_KEYS,
    }
    with transaction(connection, "counting a month"):
        refused = tuple(connection.execute(_REFUSED, facts).fetchall())
        return Month(
            *(source, first, last, today),
            files=Files(refused, *_one(connection, _FILES, facts)),
            rows=Rows(*_one(connection, _ROWS, facts)),
            faults=_all(connection, Fault, _FAULTS, facts),
            mended=Mended(*_one(connection, _MENDED, facts)),
            still_open=_all(connection, StillOpen, _OPEN, facts),
            oldest=_all(connection, Example, _OLDEST, facts),
            safety=Safety(*_one(connection, _SAFETY, facts)),
        )


def _one(connection: Connection, statement: str, facts: dict[str, Any]) -> tuple[Any, ...]:
    row = connection.execute(statement.encode(), facts).fetchone()
    assert row is not None
    return row


def _all(connection: Connection, kind: type[T], statement: str, facts: dict[str, Any]) -> tuple[T, ...]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return tuple(cursor.execute(statement.encode(), facts).fetchall())


_FILES: Final = """
    select count(*) filter (where state = 'loaded' and rows > 0), count(*) filter (where state = 'loaded' and rows = 0),
           count(*) filter (where state = 'repeat'), count(*) filter (where state = 'loaded' and arrival > 1),
           count(*) filter (where state = 'loaded' and (came at time zone 'Europe/London')::date > business_date + 1),
           count(*) filter (where state = 'open')
    from (select r.*, (select min(d.received_at) from ledger.delivery d where d.run = r.run) as came
          from ledger.sent r where r.source = %(source)s and r.business_date between %(first)s and %(last)s) f
"""
_REFUSED: Final = """
    select file, code from ledger.run
    where source = %(source)s and business_date between %(first)s and %(last)s and state in ('refused', 'stopped')
    order by business_date, file_order, file, code
"""
_ROWS: Final = """
    select coalesce(sum(rows), 0)::bigint, coalesce(sum(created), 0)::bigint, coalesce(sum(updated), 0)::bigint,
           coalesce(sum(withdrawn), 0)::bigint, coalesce(sum(duplicate), 0)::bigint,
           coalesce(sum(quarantined), 0)::bigint, coalesce(sum(excluded), 0)::bigint,
           coalesce(sum(waiting), 0)::bigint,
           (select count(*) from ledger.disposition d join ledger.sent r using (run)
            where r.source = %(source)s and r.business_date between %(first)s and %(last)s
              and d.outcome = 'excluded' and d.code = any(%(nothing)s))
    from ledger.sent
    where source = %(source)s and business_date between %(first)s and %(last)s and state = 'loaded'
"""
# A broken row counts for each of its rules and columns, a held referral for each reason.
_FAULTS: Final = """
    select kind, code, column_name as column, count(*) filter (where on_day >= %(first)s) as rows,
           count(*) filter (where on_day < %(first)s and on_day >= %(first)s - interval '1 month') as before,
           min(on_day) as since
    from (select distinct j.kind, coalesce(f.rule, w.code) as code, coalesce(f.column_name, '') as column_name,
                 r.business_date as on_day, w.run, w.line
          from ledger.reject_row w
          join ledger.reject j using (reject_id)
          join ledger.run r on r.run = w.run
          left join ledger.finding f
            on j.kind = 'quarantined' and f.run = w.run and f.line = w.line and f.rule = any(%(broken)s)
          where j.source = %(source)s and r.business_date <= %(last)s) told
    group by kind, code, column_name
    having count(*) filter (where on_day >= %(first)s - interval '1 month') > 0
    order by rows desc, before desc, kind, code, column_name
"""
# What was mended before it was told, in the same file or by a newer one, says nothing of how fast the sender is.
_MENDED: Final = """
    select count(*), count(*) filter (where mended_by like 'step %%'),
           percentile_cont(0.5) within group (order by days), max(days)
    from (select j.mended_by, (j.mended_at at time zone 'Europe/London')::date
                                  - (j.first_reported at time zone 'Europe/London')::date as days
          from ledger.reject j left join ledger.run r on r.run = j.mended_by
          where j.source = %(source)s and j.mended_at > j.first_reported
            and coalesce(r.business_date, (j.mended_at at time zone 'Europe/London')::date)
                between %(first)s and %(last)s) mended
"""
_OPEN: Final = """
    select j.kind, j.code, count(*) as rejects, min((j.first_reported at time zone 'Europe/London')::date) as since
    from ledger.reject j join ledger.run r on r.run = j.first_run
    where j.source = %(source)s and j.mended_at is null and r.business_date <= %(last)s
    group by j.kind, j.code order by since, rejects desc, j.kind, j.code
"""
_OLDEST: Final = """
    select j.referral_key as key, j.first_line as line, r.file, j.code,
           (j.first_reported at time zone 'Europe/London')::date as since
    from ledger.reject j join ledger.run r on r.run = j.first_run
    where j.source = %(source)s and j.mended_at is null and r.business_date <= %(last)s
    order by since, r.file_order, j.first_line, j.reject_id limit %(most)s
"""
_SAFETY: Final = """
    select count(*), count(*) filter (where phone_e164 is null and other_phone_e164 is null),
           count(*) filter (where da_flag), count(*) filter (where da_flag and safe_to_contact is null),
           count(*) filter (where da_flag and dash_risk is null)
    from cms.referral where source = %(source)s and received_on between %(first)s and %(last)s
"""
