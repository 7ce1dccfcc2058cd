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

_TABLES: Final = """
    create temporary table if not exists one_crime (left_id bigint, right_id bigint, reasons text[])
    on commit delete rows
"""
_SAME: Final = """
    insert into cms.same_crime (left_id, right_id, reasons) select left_id, right_id, reasons from one_crime
    on conflict do nothing
"""
# Everybody in the groups was looked at anew: a pair inside them that is one crime no more is so no more. `offset 0` and
# arrays keep the planner at the indexes.
_NOT_SAME: Final = """
    update cms.same_crime s set over_at = now()
    where s.over_at is null and (s.left_id, s.right_id) in (
        select k.left_id, k.right_id from in_a_group g cross join lateral (
            select left_id, right_id from cms.same_crime
            where left_id = g.referral_id and over_at is null offset 0) k
        where k.right_id in (select referral_id from in_a_group) and not exists (
            select from one_crime o where o.left_id = k.left_id and o.right_id = k.right_id)
    ) and s.left_id = any(array(select referral_id from in_a_group))
"""
# Which crime each of them is about: that of the first of all referrals that tell of it, over however many feeds. Who
# told of one crime with them until now may have a crime of their own again.
_NUMBER: Final = """
    with recursive first as (
        select distinct u.referral_id from in_a_group g
        cross join lateral (
            select left_id, right_id from cms.same_crime where left_id = g.referral_id
            union all
            select left_id, right_id from cms.same_crime where right_id = g.referral_id offset 0) o
        cross join lateral (values (o.left_id), (o.right_id)) as u (referral_id)
    ), told as (
        select referral_id as start, referral_id from first
        union
        select t.start, o.other from told t cross join lateral (
            select right_id as other from cms.same_crime where left_id = t.referral_id and over_at is null
            union all
            select left_id from cms.same_crime where right_id = t.referral_id and over_at is null offset 0) o
    ), crime as (
        select start, min(referral_id) as number, count(*) > 1 as shared from told group by start
    ), number as materialized (
        select distinct t.referral_id, case when c.shared then c.number end as number
        from told t join crime c using (start)
    )
    update cms.referral r set one_crime = n.number
    from number n
    where n.referral_id = r.referral_id and r.referral_id = any(array(select referral_id from number))
      and r.one_crime is distinct from n.number
"""
# Of everybody in the groups, the persons they are now: where the flag is not what their crimes say.
_TARGETED: Final = """
    with person as (
        select distinct r.person_id from in_a_group g cross join lateral (
            select person_id from cms.referral f where f.referral_id = g.referral_id offset 0) r
    ), told as materialized (
        select p.person_id, r.referral_id, r.persistently_targeted, c.crime_id, c.offence_from
        from person p
        cross join lateral (
            select referral_id, persistently_targeted from cms.referral f where f.person_id = p.person_id offset 0) r
        left join lateral (
            select crime_id, offence_from from cms.crime k where k.referral_id = r.referral_id offset 0) c on true
    ), crime as (  -- and what is none, without a day
        select person_id, min(offence_from) as day, array_agg(referral_id) as referrals,
               array_agg(persistently_targeted) as before
        from told group by person_id, crime_id
    ), placed as (  -- one of three: the last, the middle one or the first of them
        select referrals, before, coalesce(
                   day <= lag(day, 2) over w + interval '12 months'
                   or lead(day) over w <= lag(day) over w + interval '12 months'
                   or lead(day, 2) over w <= day + interval '12 months', false) as targeted
        from crime window w as (partition by person_id, day is null order by day)
    )
    update cms.referral r set persistently_targeted = not r.persistently_targeted
    where r.referral_id = any(array(
        select u.referral_id from placed p cross join lateral unnest(p.referrals, p.before) as u (referral_id, before)
        where u.before <> p.targeted))
    returning r.referral_id
"""


def follow(connection: Connection, incidents: pa.Table) -> list[int]:
    """Keep which referrals of `in_a_group` are one crime (incidents.INCIDENTS); who has become, or is no more,
    persistently targeted."""
    connection.execute(_TABLES)
    connection.execute("truncate one_crime")
    reasons = pc.binary_join_element_wise("{", pc.binary_join(incidents["reasons"], ","), "}", "")
    table = pa.table({"left_id": incidents["left"], "right_id": incidents["right"], "reasons": reasons})
    copy(connection, some(("one_crime",), table))
    connection.execute(_NOT_SAME)
    connection.execute(_SAME)
    connection.execute(_NUMBER)
    return [each for (each,) in connection.execute(_TARGETED).fetchall()]
