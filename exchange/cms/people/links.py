"""Links: dated events between referrals of one person, and the person's number that follows from those that stand.

Nothing is merged. A referral keeps the number of the person that it was before (own_person); linked ones share the
smallest of theirs, and one whose last link ends has its own again, so that to link and to unlink is nothing.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from exchange.cms.copying import Bulk, copy, some
from exchange.database import Connection
from exchange.matching.groups import Groups

_TABLES: Final = """
    create temporary table if not exists final_pair (
        left_id bigint, right_id bigint, verdict text, group_reason text) on commit delete rows;
    create temporary table if not exists one_person (referral_id bigint, root bigint) on commit delete rows;
"""

_GROUP_REASONS: Final = """
    with changed as materialized (
        select f.left_id, f.right_id, f.group_reason
        from final_pair f cross join lateral (
            select group_reason from cms.pair where left_id = f.left_id and right_id = f.right_id offset 0) p
        where p.group_reason is distinct from f.group_reason
    )
    update cms.pair p
    set group_reason = c.group_reason, found_at = case when p.group_reason is null then now() else p.found_at end
    from changed c
    where p.left_id = c.left_id and p.right_id = c.right_id and p.left_id = any(array(select left_id from changed))
"""
# A pair that speaks for nothing any more is in no group.
_NO_GROUP_REASONS: Final = """
    update cms.pair p set group_reason = null
    from in_a_group g
    where p.left_id = g.referral_id and p.group_reason is not null and not exists (
        select from final_pair f where f.left_id = p.left_id and f.right_id = p.right_id)
"""

# `in_a_group` (exchange.cms.people.pairs) has everybody whose links may change. What is changed is named by an array,
# and found under `offset 0`: both keep the planner at the indexes, however large the CMS is.
_END: Final = """
    update cms.link l set unlinked_at = now(), unlinked_because = case when exists (
        select from cms.match_judgement j
        where j.left_id = l.left_id and j.right_id = l.right_id and j.over_at is null and not j.same)
        then 'judged' else 'matching' end
    where l.link_id = any(array(
        select k.link_id from in_a_group g cross join lateral (
            select * from cms.link where left_id = g.referral_id and unlinked_at is null offset 0) k
        where not exists (
            select from final_pair f
            where f.left_id = k.left_id and f.right_id = k.right_id and f.verdict in ('automatic', 'linked'))))
"""

_LINK: Final = """
    insert into cms.link (left_id, right_id, how, weight, model_version, reasons)
    select f.left_id, f.right_id, case f.verdict when 'linked' then 'judged' else 'automatic' end,
           p.weight, p.model_version, coalesce(p.reasons, '{}')
    from final_pair f
    left join lateral (
        select * from cms.pair where left_id = f.left_id and right_id = f.right_id offset 0) p on true
    where f.verdict in ('automatic', 'linked')
    on conflict do nothing
"""

_PERSONS: Final = """
    with own as (
        select r.referral_id, coalesce(r.own_person, r.person_id) as own, coalesce(p.root, r.referral_id) as root,
               p.root is not null as linked
        from in_a_group g
        cross join lateral (
            select referral_id, person_id, own_person from cms.referral f
            where f.referral_id = g.referral_id offset 0) r
        left join one_person p on p.referral_id = g.referral_id
    ), person as materialized (
        select referral_id, own, linked, min(own) over (partition by root) as person_id from own
    )
    update cms.referral r set person_id = p.person_id, own_person = case when p.linked then p.own else r.own_person end
    from person p
    where p.referral_id = r.referral_id and r.referral_id = any(array(select referral_id from person))
      and (r.person_id <> p.person_id or p.linked and r.own_person is null)
    returning r.referral_id
"""

# Who waits for nothing any more, and as what: with somebody, alone, or with too little known to be compared. What a
# load or a step has changed since it was taken out of the queue waits again, with another time. Others of the groups
# were compared before; they may have become one person with somebody, or alone again.
_DONE: Final = """
    update cms.matching m
    set done_at = now(), model_version = %(version)s, secret = %(secret)s,
        identity = case when exists (select from one_person p where p.referral_id = m.referral_id) then 'matched'
                        when m.referral_id = any(%(not_linkable)s) then 'not_linkable' else 'new' end
    from to_match t
    where t.referral_id = m.referral_id and t.queued_at = m.queued_at
      and m.referral_id = any(array(select referral_id from to_match))
"""
_OTHERS: Final = """
    update cms.matching m set identity = w.identity
    from (select g.referral_id, case when p.referral_id is null then 'new' else 'matched' end as identity
          from in_a_group g left join one_person p using (referral_id)) w
    where w.referral_id = m.referral_id and m.done_at is not null and m.identity <> 'not_linkable'
      and m.identity <> w.identity and m.referral_id = any(array(select referral_id from in_a_group))
"""

# A pair that people have to look at and that would change whether or how contact is safe holds both sides.
_HOLD: Final = """
    insert into cms.hold (referral_id, reason, since, opened_by)
    select distinct s.referral_id, 'match_review', (now() at time zone 'Europe/London')::date, 'matching'
    from in_pair i cross join lateral (values (i.left_id), (i.right_id)) as s (referral_id)
    where i.asks
    on conflict do nothing
"""
_HOLDS_OVER: Final = """
    with open as materialized (
        select k.hold_id, k.referral_id
        from (select left_id as referral_id from in_pair union select right_id from in_pair) i
        cross join lateral (
            select hold_id, referral_id from cms.hold
            where referral_id = i.referral_id and reason = 'match_review' and over_at is null offset 0) k
    )
    update cms.hold h set over_at = now(), over_by = 'matching'
    where h.hold_id = any(array(
        select o.hold_id from open o
        left join lateral (
            select true as asks from cms.review v where v.changes_safe_contact and v.left_id = o.referral_id
            union all
            select true from cms.review v where v.changes_safe_contact and v.right_id = o.referral_id
            limit 1) v on true
        where v.asks is null))
"""
# All pairs of the groups, and whether people are asked about them and contact would change (cms.review).
_IN_PAIR: Final = """
    create temporary table if not exists in_pair (left_id bigint, right_id bigint, asks boolean) on commit delete rows
"""
_PAIRS_OF_ALL: Final = """
    insert into in_pair
    select distinct p.left_id, p.right_id, p.changes_safe_contact
        and (p.decision = 'review' or p.group_reason is not null) and j.same is null
    from in_a_group g
    cross join lateral (
        select left_id, right_id, changes_safe_contact, decision, group_reason from cms.pair
        where left_id = g.referral_id
        union all
        select left_id, right_id, changes_safe_contact, decision, group_reason from cms.pair
        where right_id = g.referral_id
        offset 0) p
    left join lateral (
        select same from cms.match_judgement
        where left_id = p.left_id and right_id = p.right_id and over_at is null offset 0) j on true
"""


def follow(connection: Connection, found: Groups) -> int:
    """Make the links that stand those of the groups, and the persons with them; how many referrals changed person."""
    connection.execute(_TABLES)
    connection.execute("truncate final_pair, one_person")
    pairs = found.pairs
    renamed = {"left_id": pairs["left"], "right_id": pairs["right"], "verdict": pairs["verdict"]}
    copy(connection, _told(pa.table({**renamed, "group_reason": pairs["group_reason"]})))
    people = pa.table({"referral_id": found.people["referral_id"], "root": found.people["person"]})
    copy(connection, some(("one_person",), people))
    connection.execute(_GROUP_REASONS)
    connection.execute(_NO_GROUP_REASONS)
    connection.execute(_END)
    connection.execute(_LINK)
    return connection.execute(_PERSONS).rowcount


def done(connection: Connection, not_linkable: pa.Array, *, version: str, secret: str) -> None:
    """Note that everybody in the groups was compared, and hold whom an open pair could put in danger."""
    facts = {"version": version, "secret": secret, "not_linkable": not_linkable.to_pylist()}
    connection.execute(_DONE, facts)
    connection.execute(_OTHERS)
    connection.execute(_IN_PAIR)
    connection.execute("truncate in_pair")
    connection.execute(_PAIRS_OF_ALL)
    connection.execute(_HOLDS_OVER)
    connection.execute(_HOLD)


def _told(pairs: pa.Table) -> list[Bulk]:
    """Rows with and without a reason apart: a column without any value is left out of a COPY."""
    without = pc.is_null(pairs["group_reason"])
    return [
        *some(("final_pair",), pairs.filter(without).select(["left_id", "right_id", "verdict"])),
        *some(("final_pair",), pairs.filter(pc.invert(without))),
    ]
