-- What the sheet of IDVA posts takes from the CMS: cases of IDVAs by borough of residence, as known at %(moment)s, with
-- what had happened before %(cut_off)s. A case begins with the first allocation of an IDVA that stands.

-- part: cases
with begun as (
    select e.referral_source, e.referral_key, (min(e.at) at time zone 'Europe/London')::date as on_day
    from cms.events_at(%(moment)s) e
    where e.event = 'caseworker_allocated' and e.role = 'idva' and e.at < %(cut_off)s
      and not exists (select from cms.events_at(%(moment)s) v where v.event = 'void' and v.before = e.event_id)
    group by e.referral_source, e.referral_key
)
select r.borough_code, count(*) filter (where b.on_day >= %(first)s)::bigint as in_quarter, count(*)::bigint as in_year
from begun b join cms.reported_at(%(moment)s) r on r.source = b.referral_source and r.referral_key = b.referral_key
where b.on_day <= %(last)s and b.on_day > (%(last)s::date + 1 - interval '1 year')::date - 1
group by r.borough_code order by r.borough_code nulls last;
