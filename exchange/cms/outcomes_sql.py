"""The statements that give every row of a load its outcome (interfaces: outcomes, Rows).

They run in order, in the load's transaction, over temporary tables that a connection makes once and each transaction
leaves empty, so that the plans of small files are made once too. Parameters: run, source, file_order.
"""

from __future__ import annotations

from typing import Final

from psycopg import sql

from exchange.cms.fold import SENT, columns

# keys: of all rows of this run. slow: keys that need more than an insert. incoming: this run's rows of those.
# prior: what was known of them before. to_hold: keys of
# referrals that the rules may hold. late_rows: rows that have a newer record already. touched: what to fold.
TABLES: Final = """
    create temporary table if not exists keys (line integer, referral_key text) on commit delete rows;
    create temporary table if not exists slow (referral_key text) on commit delete rows;
    create temporary table if not exists incoming (
        line integer, referral_key text, received_on date, record_type text, held boolean, code text,
        closes boolean, opens boolean, pending boolean, refuses boolean, dash_risk text,
        unsafe boolean
    ) on commit delete rows;
    create temporary table if not exists prior (
        referral_key text, known boolean, late boolean, not_refused boolean, newest_run text, newest_line integer,
        withdrawn boolean, consent_pending boolean, dash_risk text, unsafe boolean
    ) on commit delete rows;
    create temporary table if not exists late_rows (
        line integer, referral_key text, received_on date, was_withdrawn boolean, round bigint
    ) on commit delete rows;
    create temporary table if not exists to_hold (referral_key text) on commit delete rows;
    create temporary table if not exists touched (referral_key text, upto_line integer) on commit delete rows;
"""

SLOW: Final = """
    insert into slow
    select referral_key from keys group by referral_key having count(*) > 1
    union
    select k.referral_key from keys k
    join cms.referral r on r.referral_key = k.referral_key and r.source = %(source)s
    union
    select k.referral_key from keys k
    join cms.not_held n on n.referral_key = k.referral_key and n.source = %(source)s
"""

# What was known of each slow key before this run. `late`: a newer record is there already.
PRIOR: Final = """
    insert into prior
    select s.referral_key,
           count(r.run) > 0 as known,
           coalesce(max(r.file_order) > %(file_order)s, false) as late,
           coalesce(bool_or(r.consent is distinct from 'N') filter (where r.run is not null), false) as not_refused,
           (array_agg(r.run order by r.file_order desc, r.line desc))[1] as newest_run,
           (array_agg(r.line order by r.file_order desc, r.line desc))[1] as newest_line,
           coalesce(bool_or(c.withdrawn), false) as withdrawn,
           coalesce(bool_or(c.consent_pending), false) as consent_pending,
           min(c.dash_risk) as dash_risk,
           coalesce(bool_or(c.safe_to_contact = 'N'), false) as unsafe
    from slow s
    left join cms.referral c on c.referral_key = s.referral_key and c.source = %(source)s
    left join cms.record r on r.referral_key = s.referral_key and r.source = %(source)s
    group by s.referral_key
"""

LATE: Final = """
    insert into late_rows
    select i.line, i.referral_key, i.received_on, p.withdrawn as was_withdrawn,
           row_number() over (partition by i.referral_key order by i.line) as round
    from incoming i join prior p using (referral_key) where p.late
"""

# The rows of the other keys: all at once, because their outcomes are known and one fold does.
TOUCHED: Final = """
    insert into touched
    select referral_key, max(line) as upto_line from incoming join prior using (referral_key)
    where not late group by referral_key
"""

# Rows are taken as if one came after the other, in line order.
IN_ORDER: Final = (
    sql.SQL(
        """
    with seen as (
        select i.*, p.withdrawn as was_withdrawn, p.consent_pending as was_pending, p.dash_risk as was_risk,
               p.unsafe as was_unsafe,
               p.newest_run, p.newest_line,
               p.known or coalesce(bool_or(i.held) over before, false) as is_known,
               p.not_refused or coalesce(bool_or(i.held and not i.refuses) over before, false) as not_refused,
               max(i.line) filter (where i.held) over before as line_before
        from incoming i join prior p using (referral_key)
        where not p.late
        window before as (partition by i.referral_key order by i.line rows between unbounded preceding and 1 preceding)
    ), effect as (
        select *, case when not (is_known or held) then null
                       when closes or (refuses and not_refused) then 'closes'
                       when opens then 'opens' end as effect
        from seen
    ), state as (
        select *,
               case when max(line) filter (where effect is not null) over before is null then was_withdrawn
                    else max(line) filter (where effect is not null) over before
                         = max(line) filter (where effect = 'closes') over before end as is_withdrawn,
               was_pending or coalesce(bool_or(pending) over before, false) as is_pending,
               least(was_risk, min(dash_risk) over before) as risk_so_far,
               was_unsafe or coalesce(bool_or(unsafe) over before, false) as is_unsafe
        from effect
        window before as (partition by referral_key order by line rows between unbounded preceding and 1 preceding)
    ), same as (
        select s.line
        from state s
        join cms.record r on r.run = %(run)s and r.line = s.line
        join cms.record b on b.run = case when s.line_before is null then s.newest_run else %(run)s end
                         and b.line = coalesce(s.line_before, s.newest_line)
        where s.held and ({new}) is not distinct from ({old})
    )
    insert into ledger.disposition (run, line, outcome, code, referral_key)
    select %(run)s, line, outcome, code, case when outcome = 'excluded' then referral_key end
    from (
        select line, referral_key,
            case when not is_known and not held then 'excluded'
                 when not is_known then 'created'
                 when effect = 'closes' and not coalesce(is_withdrawn, false) then 'withdrawn'
                 when effect = 'opens' and is_withdrawn then 'updated'
                 when not held and pending and (not is_pending or dash_risk < coalesce(risk_so_far, 'Z')
                                                or unsafe and not is_unsafe) then 'updated'
                 when not held or line in (select line from same) then 'duplicate'
                 else 'updated' end as outcome,
            case when not is_known and not held then code
                 when not is_known then
                     case record_type when 'U' then 'update_of_unknown' when 'W' then 'withdrawal_of_unknown' end
                 when not held and pending then 'consent_pending'
                 when not held then code
                 when effect = 'closes' and not closes then 'consent_refused'
                 when effect = 'opens' and is_withdrawn then 'reopened'
                 when record_type = 'N' and line not in (select line from same) then 'new_for_known' end as code
        from state
    ) outcomes
    """
    )
    .format(new=columns(SENT, "r"), old=columns(SENT, "b"))
    .as_bytes()
)

# One round of late rows: at most one row a key; the rows after it are not there yet for the fold. The day of
# receipt moves first: an older file that says nothing else new is a duplicate.
LATE_ROUND: Final = (
    """
    with touching as (
        insert into touched (referral_key, upto_line)
        select referral_key, line from late_rows where round = %(round)s
    )
    update cms.referral c set received_on = l.received_on
    from late_rows l
    where l.round = %(round)s and c.source = %(source)s and c.referral_key = l.referral_key
      and c.received_on > l.received_on
    """,
    """
    insert into ledger.disposition (run, line, outcome, code)
    select %(run)s, line,
           case when referral_key = any(%(closed)s) and not was_withdrawn then 'withdrawn'
                when referral_key = any(%(changed)s) then 'updated'
                else 'duplicate' end,
           'late'
    from late_rows where round = %(round)s
    """,
)
