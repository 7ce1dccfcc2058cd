-- What the tables of a month, or of a quarter, are counted from: as known at %(moment)s, with what had happened before
-- %(cut_off)s. Each part is one query; its rows are records (outputs/records.py), without anything that names a person.

-- part: prepare
-- Referrals received in the period, and the events of them that stand.
create temporary table in_period on commit drop as
select * from cms.reported_at(%(moment)s) r where r.received_on between %(first)s and %(last)s;
create index on in_period (referral_key, source);
analyze in_period;
create temporary table happened on commit drop as
select r.referral_id, e.event_id, e.event, e.at, e.role, e.category, e.before, e.after
from in_period r
join cms.events_at(%(moment)s) e on e.referral_key = r.referral_key and e.referral_source = r.source
where e.event <> 'void' and e.at < %(cut_off)s
  and not exists (select from cms.events_at(%(moment)s) v where v.event = 'void' and v.before = e.event_id);
create index on happened (referral_id);
analyze happened;
-- Who was handed to another service: at once in one of its files, or when they agreed, as a caseworker wrote down.
create temporary table handed on commit drop as
with in_a_file as (
    select s.referral_id, s.destination, s.at_once, h.handed_at,
           least(case when exists (select from ledger.receipt t where t.destination = o.destination and t.name = o.receipt
                                     and t.read_at <= %(moment)s) then o.received_at end, e.at) as received_at
    from cms.onward_state s join cms.onward o using (onward_id) join in_period r on r.referral_id = s.referral_id
    cross join lateral (
        select case when not s.at_once then s.agreed_at
                    when s.sent_at <= %(moment)s then s.sent_at else s.queued_at end as handed_at) h
    left join lateral (
        select min(a.at) as at from happened a
        where a.referral_id = s.referral_id and a.event = 'onward_received' and a.category = s.destination
          and a.at >= s.agreed_at) e on true
    where s.queued_at <= %(moment)s and (s.taken_back_at is null or s.taken_back_at > %(moment)s)
      and h.handed_at < %(cut_off)s
)
select f.* from in_a_file f
union all
select h.referral_id, h.category, false, min(h.at), min(a.at)
from happened h
left join happened a on a.referral_id = h.referral_id and a.event = 'onward_received'
                    and a.category is not distinct from h.category and a.at >= h.at
where h.event = 'onward_referral' and not exists (
    select from in_a_file f where f.referral_id = h.referral_id and f.destination = h.category)
group by h.referral_id, h.category;
create index on handed (referral_id);
analyze handed;

-- part: referrals
with done as (
    select h.referral_id,
           min(h.at) filter (where h.event = 'take_up') as taken_up_at,
           (array_agg(h.role order by h.at desc, h.event_id desc)
               filter (where h.event = 'caseworker_allocated'))[1] as role,
           (array_agg(h.category order by h.at desc, h.event_id desc)
               filter (where h.event = 'support_started'))[1] as support,
           bool_or(h.event = 'visit_requested') as visit_requested,
           bool_or(h.event = 'visit_undertaken') as visit_undertaken
    from happened h group by h.referral_id
)
select r.referral_id, to_char(r.received_on, 'YYYY-MM') as month, r.source, r.channel, r.crime_category, r.da,
       r.da and r.dash_risk is not distinct from 'H' as high_risk, r.dash_risk, r.borough_code, r.age, r.gender,
       r.ethnicity_group, r.disability, nullif(lower(btrim(r.sexual_orientation)), '') as sexual_orientation,
       nullif(lower(btrim(r.religion)), '') as religion, array_to_string(r.priority_reasons, ' ') as priority_reasons,
       r.referred_by, r.called_by, r.has_phone, r.safe_to_contact is not null as has_safe_contact,
       d.taken_up_at is not null as take_up, d.role, d.support,
       coalesce(r.visit_requested or d.visit_requested, false) as visit_requested,
       coalesce(d.visit_undertaken, false) as visit_undertaken,
       r.person_id, r.withdrawn as is_withdrawn, r.changed_by, r.mapping_version, r.triage_version
from in_period r left join done d using (referral_id)
order by r.referral_id;

-- part: clocks
-- Of each referral the moments that start and meet its clocks (docs/triage.md, Clocks); null where they are not. What was
-- declined or closed has ended until support is taken up again; who goes onward, when the other service has them.
with taken as (
    select h.referral_id, max(h.at) as at from happened h where h.event = 'take_up' group by h.referral_id
), done as (
    select h.referral_id,
           min(h.at) filter (where h.event = 'contact_attempt' and h.after = 'reached' or h.event = 'take_up') as contact,
           min(h.at) filter (where h.event = 'needs_assessment') as assessment,
           min(h.at) filter (where h.event = 'caseworker_allocated') as caseworker,
           min(h.at) filter (where h.event = 'care_plan') as care_plan,
           min(h.at) filter (where h.event in ('declined', 'closed')
                                   and h.at >= coalesce(t.at, '-infinity'::timestamptz)) as ended,
           max(t.at) as taken_up
    from happened h left join taken t using (referral_id) group by h.referral_id
), attempt as (
    -- Those at one and the same minute count once.
    select h.referral_id, min(h.at) as at, row_number() over (partition by h.referral_id order by min(h.at)) as number
    from happened h where h.event = 'contact_attempt' group by h.referral_id, date_trunc('minute', h.at)
), gone as (
    select h.referral_id, min(h.handed_at) as handed_at,
           case when bool_and(h.received_at is not null) then max(h.received_at) end as received_at
    from handed h group by h.referral_id
)
select r.referral_id, to_char(r.received_on, 'YYYY-MM') as month,
       case when r.channel = 'police' then r.recorded_at end as recorded_at,
       coalesce(case when r.channel <> 'police' then r.recorded_at end,
                (r.received_on + 1)::timestamp at time zone 'Europe/London') as received_at,
       d.contact, a.at as third_attempt, d.assessment, d.caseworker, d.care_plan, g.handed_at as onward,
       least(d.ended, case when w.goes_onward and d.taken_up is null then g.received_at end) as ended,
       r.withdrawn, w.goes_onward
from in_period r
left join done d using (referral_id)
left join attempt a on a.referral_id = r.referral_id and a.number = 3
left join gone g on g.referral_id = r.referral_id
cross join lateral (
    select exists (
        select from unnest(r.onward_reasons) as o (reason)
        where not exists (select from cms.turned_back b
                          where b.referral_id = r.referral_id and b.reason = o.reason and b.at <= %(moment)s)
    ) as goes_onward) w
order by r.referral_id;

-- part: onward
select o.referral_id, to_char(r.received_on, 'YYYY-MM') as month, o.destination, o.handed_at,
       coalesce(o.received_at < %(cut_off)s, false) as received, c.contact, o.at_once
from handed o
join in_period r using (referral_id)
left join lateral (
    select min(h.at) as contact from happened h where h.referral_id = o.referral_id
      and (h.event = 'contact_attempt' and h.after = 'reached' or h.event = 'take_up')) c on true
order by o.referral_id, o.destination;

-- part: repeats
-- Crimes told in the period, and whether another one of the person's lies within twelve months before by its date.
with crime as materialized (
    select c.referral_id, c.received_on, c.person_id, c.crime_id, c.crime_category, c.offence_from,
           c.persistently_targeted, c.received_on >= %(first)s as in_period
    from cms.reported_at(%(moment)s) c
    where c.person_id in (select p.person_id from in_period p where p.channel <> 'witness')
      and c.incident_kind = 'crime' and c.channel <> 'witness' and c.received_on <= %(last)s
)
select c.referral_id, to_char(c.received_on, 'YYYY-MM') as month, c.person_id,
       bool_or(o.crime_id is not null) as any_crime_12m,
       bool_or(o.crime_category is not distinct from c.crime_category and o.crime_id is not null) as same_crime_12m,
       c.persistently_targeted
from crime c
left join crime o on o.person_id = c.person_id and o.crime_id <> c.crime_id
                 and o.offence_from between c.offence_from - interval '12 months' and c.offence_from
where c.in_period
group by c.referral_id, c.received_on, c.person_id, c.persistently_targeted
order by c.referral_id;

-- part: restorative
-- Steps of restorative justice taken in the period, whenever the person was referred.
select r.referral_id, to_char(e.at at time zone 'Europe/London', 'YYYY-MM') as month, r.person_id,
       substr(e.event, 4) as step, e.category as kind
from cms.events_at(%(moment)s) e
join cms.reported_at(%(moment)s) r on r.referral_key = e.referral_key and r.source = e.referral_source
where e.event in ('rj_offered', 'rj_accepted', 'rj_done') and e.at < %(cut_off)s
  and (e.at at time zone 'Europe/London')::date between %(first)s and %(last)s
  and not exists (select from cms.events_at(%(moment)s) v where v.event = 'void' and v.before = e.event_id)
order by r.referral_id, e.event, e.event_id;

-- part: complaints
with told as (
    select r.referral_id, e.event_id, e.event, e.at
    from cms.events_at(%(moment)s) e
    join cms.reported_at(%(moment)s) r on r.referral_key = e.referral_key and r.source = e.referral_source
    where e.event in ('complaint', 'complaint_acknowledged', 'complaint_told_commissioner', 'complaint_resolved')
      and e.at < %(cut_off)s
      and not exists (select from cms.events_at(%(moment)s) v where v.event = 'void' and v.before = e.event_id)
)
select c.referral_id, to_char(c.at at time zone 'Europe/London', 'YYYY-MM') as month, c.at as complained_at,
       min(a.at) filter (where a.event = 'complaint_acknowledged') as acknowledged_at,
       min(a.at) filter (where a.event = 'complaint_told_commissioner') as told_at,
       min(a.at) filter (where a.event = 'complaint_resolved') as resolved_at
from told c
left join told a on a.referral_id = c.referral_id and a.at >= c.at and a.event <> 'complaint'
    -- an answer belongs to the complaint before it, where somebody complains twice
    and not exists (select from told n where n.referral_id = c.referral_id and n.event = 'complaint'
                    and (n.at, n.event_id) > (c.at, c.event_id) and n.at <= a.at)
where c.event = 'complaint' and (c.at at time zone 'Europe/London')::date between %(first)s and %(last)s
group by c.referral_id, c.event_id, c.at
order by c.referral_id, c.event_id;

-- part: holds
select h.referral_id, h.reason, h.since as opened,
       (least(h.released_at, h.over_at) at time zone 'Europe/London')::date as ended
from (select referral_id, reason, since, opened_at,
             case when released_at <= %(moment)s then released_at end as released_at,
             case when over_at <= %(moment)s then over_at end as over_at
      from cms.hold) h
where h.opened_at <= %(moment)s and h.since <= %(last)s
  and (h.released_at is null and h.over_at is null
       or (least(h.released_at, h.over_at) at time zone 'Europe/London')::date >= %(first)s)
order by h.referral_id, h.reason, h.since;

-- part: files
-- Files by their business date, with the outcomes of their rows; `corrected`: broken rows whose reject was mended.
select n.run, to_char(n.business_date, 'YYYY-MM') as month, n.source, n.rows, n.created, n.updated, n.withdrawn,
       n.duplicate, n.quarantined, n.excluded,
       coalesce((d.received_at at time zone 'Europe/London')::date > n.business_date + 1, false) as late,
       coalesce(m.corrected, 0) as corrected
from ledger.sent n
left join lateral (select min(received_at) as received_at from ledger.delivery where run = n.run) d on true
left join lateral (
    select count(*) as corrected from ledger.reject j
    where j.first_run = n.run and j.kind = 'quarantined' and j.mended_at <= %(moment)s) m on true
where n.state = 'loaded' and n.ended_at <= %(moment)s and n.business_date between %(first)s and %(last)s
order by n.run;
