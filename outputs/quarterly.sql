-- What the quarter's own tables are counted from, after the parts of monthly.sql in the same transaction: as known at
-- %(moment)s, with what had happened before %(cut_off)s. What people answered counts in the quarter of the answer,
-- whenever they were referred: who is supported for months would else be counted in no quarter.

-- part: prepare
-- Answers that stand, of the quarter and before: the first answer about an outcome may be older.
create temporary table answered on commit drop as
select r.referral_id, r.person_id, e.event_id, e.event, e.category, e.before, e.after, e.at,
       (e.at at time zone 'Europe/London')::date as day
from cms.events_at(%(moment)s) e
join cms.reported_at(%(moment)s) r on r.referral_key = e.referral_key and r.source = e.referral_source
where e.event in ('outcome', 'entitlement', 'victim_statement', 'survey') and e.at < %(cut_off)s
  and (e.at at time zone 'Europe/London')::date <= %(last)s
  and case when e.event = 'entitlement' then (r.channel = 'witness') = (e.category = 'witness_charter')
           else r.channel <> 'witness' end
  and not exists (select from cms.events_at(%(moment)s) v where v.event = 'void' and v.before = e.event_id);
analyze answered;

-- part: outcomes
-- Of each person and category the first answer ever and the last one, where that was given in the quarter.
select (array_agg(a.referral_id order by a.at desc, a.event_id desc))[1] as referral_id,
       to_char(max(a.day), 'YYYY-MM') as month, a.person_id, a.category,
       (array_agg(coalesce(a.before, a.after)::smallint order by a.at, a.event_id))[1] as first_answer,
       (array_agg(a.after::smallint order by a.at desc, a.event_id desc))[1] as last_answer
from answered a
where a.event = 'outcome' and a.after is not null
group by a.person_id, a.category
having max(a.day) >= %(first)s and (count(*) > 1 or count(a.before) > 0)
order by a.person_id, a.category;

-- part: entitlements
-- The last word on each entitlement of a referral, where it fell in the quarter.
select referral_id, month, person_id, category, received from (
    select distinct on (a.referral_id, a.category) a.referral_id, to_char(a.day, 'YYYY-MM') as month, a.person_id,
           a.category, a.after is not distinct from 'received' as received, a.day
    from answered a where a.event = 'entitlement'
    order by a.referral_id, a.category, a.at desc, a.event_id desc) e
where day >= %(first)s
order by referral_id, category;

-- part: statements
select referral_id, month, person_id, made from (
    select distinct on (a.referral_id) a.referral_id, to_char(a.day, 'YYYY-MM') as month, a.person_id,
           a.after is not distinct from 'made' as made, a.day
    from answered a where a.event = 'victim_statement'
    order by a.referral_id, a.at desc, a.event_id desc) s
where day >= %(first)s
order by referral_id;

-- part: surveys
select a.referral_id, to_char(a.day, 'YYYY-MM') as month, a.person_id, a.after::smallint >= 4 as satisfied
from answered a
where a.event = 'survey' and a.after is not null and a.day >= %(first)s
order by a.referral_id, a.event_id;

-- part: evidence
-- Witnesses referred in the quarter, and what became of it by the cut-off.
select r.referral_id, to_char(r.received_on, 'YYYY-MM') as month, r.person_id,
       coalesce(r.vulnerable, false) or coalesce(r.intimidated, false) as vulnerable,
       coalesce(bool_or(h.event = 'take_up'), false) as take_up,
       coalesce(bool_or(h.event = 'attended_court') and bool_or(h.event = 'gave_evidence'), false) as gave_evidence
from in_period r left join happened h using (referral_id)
where r.channel = 'witness'
group by r.referral_id, r.received_on, r.person_id, r.vulnerable, r.intimidated
order by r.referral_id;

-- part: inputs
select i.key, i.period, i.value from cms.inputs_at(%(moment)s) i order by i.key, i.period;
