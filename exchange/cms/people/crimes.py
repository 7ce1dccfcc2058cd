"""One crime in two feeds, and whose crimes are too many: repeat victims (interfaces: outcomes, Priority; returns).

Two referrals of one crime stay two and count as one. Three different crimes of one person within twelve months, by the
first day of the offence, first and last day included, make all referrals of these persistently targeted, those that
were there before too.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from exchange.cms.copying import copy, some
from exchange.database import Connection

CRIMES: Final = 3

_TABLES: Final = """
    create temporary table if not exists one_crime (left_id bigint, right_id bigint, reasons text[])
    on commit delete rows
"""
_SAME: Final = """
    insert into cms.same_crime (left_id, right_id, reasons) select left_id, right_id, reasons from one_crime
    on conflict do nothing
"""
_NOT_SAME: Final = """
    update cms.same_crime s set over_at = now()
    from asked_for a
    where s.over_at is null and (s.left_id = a.referral_id or s.right_id = a.referral_id) and not exists (
        select from one_crime o where o.left_id = s.left_id and o.right_id = s.right_id)
"""
# Of everybody in the groups, the persons they are now: where the flag is not what their crimes say.
_TARGETED: Final = """
    with person as (
        select distinct r.person_id from in_a_group g join cms.referral r using (referral_id)
    ), crime as (
        select c.person_id, c.crime_id, min(c.offence_from) as day
        from person p join cms.crime c using (person_id)
        where c.offence_from is not null
        group by c.person_id, c.crime_id
    ), first as (
        select a.person_id, a.day from crime a join crime b using (person_id)
        where b.day between a.day and a.day + interval '12 months'
        group by a.person_id, a.crime_id, a.day having count(*) >= %(crimes)s
    ), now as (
        select r.referral_id,
               coalesce(bool_or(c.offence_from between f.day and f.day + interval '12 months'), false) as targeted
        from person p
        join cms.referral r using (person_id)
        left join cms.crime c on c.referral_id = r.referral_id
        left join first f on f.person_id = r.person_id
        group by r.referral_id
    )
    update cms.referral r set persistently_targeted = n.targeted
    from now n where n.referral_id = r.referral_id and r.persistently_targeted <> n.targeted
    returning r.referral_id
"""


def follow(connection: Connection, incidents: pa.Table) -> list[int]:
    """Keep which referrals are one crime (incidents.INCIDENTS, of those in `asked_for`); who has become, or is no more,
    persistently targeted."""
    connection.execute(_TABLES)
    connection.execute("truncate one_crime")
    reasons = pc.binary_join_element_wise("{", pc.binary_join(incidents["reasons"], ","), "}", "")
    table = pa.table({"left_id": incidents["left"], "right_id": incidents["right"], "reasons": reasons})
    copy(connection, some(("one_crime",), table))
    connection.execute(_NOT_SAME)
    connection.execute(_SAME)
    return [each for (each,) in connection.execute(_TARGETED, {"crimes": CRIMES}).fetchall()]
