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
    update cms.pair p
    set group_reason = f.group_reason, found_at = case when p.group_reason is null then now() else p.found_at end
    from final_pair f
    where p.left_id = f.left_id and p.right_id = f.right_id and p.group_reason is distinct from f.group_reason
"""
# A pair that speaks for nothing any more is in no group.
_NO_GROUP_REASONS: Final = """
    update cms.pair p set group_reason = null
    from in_a_group g
    where p.left_id = g.referral_id and p.group_reason is not null and not exists (
        select from final_pair f where f.left_id = p.left_id and f.right_id = p.right_id)
"""

# `in_a_group` (exchange.cms.people.pairs) has everybody whose links may change.
_END: Final = """
    update cms.link l set unlinked_at = now(), unlinked_because = case when exists (
        select from cms.match_judgement j
        where j.left_id = l.left_id and j.right_id = l.right_id and j.over_at is null and not j.same)
        then 'judged' else 'matching' end
    from in_a_group g
    where l.left_id = g.referral_id and l.unlinked_at is null and not exists (
        select from final_pair f
        where f.left_id = l.left_id and f.right_id = l.right_id and f.verdict in ('automatic', 'linked'))
"""

_LINK: Final = """
    insert into cms.link (left_id, right_id, how, weight, model_version, reasons)
    select f.left_id, f.right_id, case f.verdict when 'linked' then 'judged' else 'automatic' end,
           p.weight, p.model_version, coalesce(p.reasons, '{}')
    from final_pair f left join cms.pair p on p.left_id = f.left_id and p.right_id = f.right_id
    where f.verdict in ('automatic', 'linked')
    on conflict do nothing
"""

_PERSONS: Final = """
    with own as (
        select r.referral_id, coalesce(r.own_person, r.person_id) as own, coalesce(p.root, r.referral_id) as root,
               p.root is not null as linked
        from in_a_group g join cms.referral r using (referral_id) left join one_person p using (referral_id)
    ), person as (
        select referral_id, own, linked, min(own) over (partition by root) as person_id from own
    )
    update cms.referral r set person_id = p.person_id, own_person = case when p.linked then p.own else r.own_person end
    from person p
    where p.referral_id = r.referral_id
      and (r.person_id <> p.person_id or p.linked and r.own_person is null)
    returning r.referral_id
"""

# Who waits for nothing any more, and as what: with somebody, alone, or with too little known to be compared. Others of
# the groups were compared before; they may have become one person with somebody, or alone again.
_DONE: Final = """
    update cms.matching m
    set done_at = now(), model_version = %(version)s, secret = %(secret)s,
        identity = case when exists (select from one_person p where p.referral_id = m.referral_id) then 'matched'
                        when m.referral_id = any(%(not_linkable)s) then 'not_linkable' else 'new' end
    from asked_for a where a.referral_id = m.referral_id
"""
_OTHERS: Final = """
    update cms.matching m set identity = w.identity
    from (select g.referral_id, case when p.referral_id is null then 'new' else 'matched' end as identity
          from in_a_group g left join one_person p using (referral_id)) w
    where w.referral_id = m.referral_id and m.done_at is not null and m.identity <> 'not_linkable'
      and m.identity <> w.identity
"""

# A pair that people have to look at and that would change whether or how contact is safe holds both sides.
_HOLD: Final = """
    insert into cms.hold (referral_id, reason, since, opened_by)
    select distinct s.referral_id, 'match_review', (now() at time zone 'Europe/London')::date, 'matching'
    from in_pair i join cms.review v on v.left_id = i.left_id and v.right_id = i.right_id
    cross join lateral (values (v.left_id), (v.right_id)) as s (referral_id)
    where v.changes_safe_contact
    on conflict do nothing
"""
_HOLDS_OVER: Final = """
    update cms.hold h set over_at = now(), over_by = 'matching'
    from in_pair i
    where h.referral_id in (i.left_id, i.right_id) and h.reason = 'match_review' and h.over_at is null
      and not exists (select from cms.review v where v.changes_safe_contact and v.left_id = h.referral_id)
      and not exists (select from cms.review v where v.changes_safe_contact and v.right_id = h.referral_id)
"""
_IN_PAIR: Final = """
    create temporary table if not exists in_pair (left_id bigint, right_id bigint) on commit delete rows
"""
_PAIRS_OF_ALL: Final = """
    insert into in_pair
    select p.left_id, p.right_id from in_a_group g join cms.pair p on p.left_id = g.referral_id
    union
    select p.left_id, p.right_id from in_a_group g join cms.pair p on p.right_id = g.referral_id
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
