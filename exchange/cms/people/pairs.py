"""Pairs that were compared: what was decided of each, and all pairs of the groups that a night's pairs touch."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from exchange.cms.copying import constant, copy, copy_out, some
from exchange.database import Connection
from exchange.matching.decide import APART
from exchange.matching.groups import VERDICTS

_TABLES: Final = """
    create temporary table if not exists decided_pair (
        left_id bigint, right_id bigint, weight double precision, decision text, vetoed boolean,
        changes_safe_contact boolean, reasons text[], model_version text
    ) on commit delete rows;
    create temporary table if not exists in_a_group (referral_id bigint primary key) on commit delete rows;
"""

# Pairs that say nothing are not kept; one that said something until now says so no more.
_STORE: Final = """
    insert into cms.pair as p (
        left_id, right_id, weight, decision, vetoed, changes_safe_contact, reasons, model_version)
    select d.left_id, d.right_id, d.weight, d.decision, d.vetoed, d.changes_safe_contact, d.reasons, d.model_version
    from decided_pair d
    left join lateral (
        select true as known from cms.pair k where k.left_id = d.left_id and k.right_id = d.right_id offset 0) k on true
    where d.decision <> 'apart' or d.vetoed or k.known
    on conflict (left_id, right_id) do update
    set weight = excluded.weight, decision = excluded.decision, vetoed = excluded.vetoed,
        changes_safe_contact = excluded.changes_safe_contact, reasons = excluded.reasons,
        model_version = excluded.model_version,
        group_reason = case when excluded.decision = 'automatic' then p.group_reason end,
        found_at = case when p.decision = excluded.decision then p.found_at else now() end
    where (p.weight, p.decision, p.vetoed, p.changes_safe_contact, p.reasons, p.model_version) is distinct from
          (excluded.weight, excluded.decision, excluded.vetoed, excluded.changes_safe_contact, excluded.reasons,
           excluded.model_version)
"""

# Everybody who hangs together with the referrals to match, and with those that they were ever compared with: by pairs
# that are sure, by judgements, by links until now. So also who hung together with them before they said otherwise.
# `offset 0` keeps the planner at the indexes, here and below: it does not know how few ask.
_GROUPS: Final = """
    with recursive member as (
        select referral_id from (
            select referral_id from to_match
            union
            select p.other from to_match t cross join lateral (
                select right_id as other from cms.pair where left_id = t.referral_id
                union all
                select left_id from cms.pair where right_id = t.referral_id
                offset 0) p) first
        union
        select t.other from member m cross join lateral (
            select other from cms.tie where referral_id = m.referral_id offset 0) t
    )
    insert into in_a_group select referral_id from member
"""

# What is known between members of the groups: people's word first, then what was decided of the pair.
_VERDICTS: Final = sql.SQL(
    """
    select left_id as "left", right_id as "right", weight, verdict from (
        select j.left_id, j.right_id, 0::double precision as weight,
               case when j.same then 'linked' else 'separated' end as verdict
        from in_a_group g cross join lateral (
            select * from cms.match_judgement where left_id = g.referral_id and over_at is null offset 0) j
        union all
        select p.left_id, p.right_id, p.weight, p.decision
        from in_a_group g cross join lateral (
            select * from cms.pair p
            where p.left_id = g.referral_id and (p.decision <> 'apart' or p.vetoed) and not exists (
                select from cms.match_judgement j
                where j.left_id = p.left_id and j.right_id = p.right_id and j.over_at is null)
            offset 0) p) v
    where right_id in (select referral_id from in_a_group)
    order by 1, 2
    """
)


def store(connection: Connection, decided: pa.Table, version: str) -> None:
    """Keep what was decided (decide.DECIDED), in the transaction at hand."""
    connection.execute(_TABLES)
    connection.execute("truncate decided_pair")
    lists = pc.binary_join(decided["reasons"], ",")
    table = pa.table(
        {
            "left_id": decided["left"],
            "right_id": decided["right"],
            **{name: decided[name] for name in ("weight", "decision", "vetoed", "changes_safe_contact")},
            "reasons": pc.binary_join_element_wise("{", pc.fill_null(lists, ""), "}", ""),
            "model_version": constant(version, decided.num_rows),
        }
    )
    told = pc.or_(pc.not_equal(table["decision"], APART), table["vetoed"])
    copy(connection, some(("decided_pair",), table.filter(told)))
    copy(connection, some(("decided_pair",), table.filter(pc.invert(told))))
    connection.execute(_STORE)


def verdicts(connection: Connection) -> pa.Table:
    """All verdicts (groups.VERDICTS) inside the groups of the referrals in the temporary table `to_match`."""
    connection.execute(_TABLES)
    connection.execute("truncate in_a_group")
    # The planner expects millions of rows of anything recursive, and fills work_mem with an empty table for them.
    connection.execute("set local work_mem = '1MB'")
    connection.execute(_GROUPS)
    connection.execute("set local work_mem to default")
    return copy_out(connection, _VERDICTS, VERDICTS)
