-- What the database knew when: a referral or an event as it was before a change, for figures as known at a moment. Only
-- what figures are made of is kept, in codes and ages: no name, no address, no birth date.

create function cms.age_on(day date, birth_date date, told smallint) returns smallint
language sql immutable parallel safe
return coalesce(extract(year from age(day, birth_date))::smallint, told);

-- How a referral stands in figures. `reachable`: there is a phone number that can be used.
create view cms.reported as
    select r.referral_id, r.source, r.referral_key, r.made_by, r.changed_by, r.received_on, r.withdrawn, r.channel,
           r.incident_kind, r.crime_category, coalesce(r.da_flag, false) as da, r.dash_risk, r.borough_code,
           cms.age_on(r.received_on, r.birth_date, r.age) as age, r.gender, r.ethnicity_group, r.disability,
           r.sexual_orientation, r.religion, r.priority_reasons, r.onward_reasons, r.referred_by, r.called_by,
           coalesce(r.visit_requested, false) as visit_requested, r.vulnerable, r.intimidated,
           coalesce(r.phone_e164, r.other_phone_e164) is not null as has_phone, r.safe_to_contact,
           r.recorded_at, r.offence_from, r.person_id, coalesce(r.one_crime, r.referral_id) as crime_id,
           r.persistently_targeted, r.mapping_version, r.triage_version
    from cms.referral r;

create table cms.reported_before as select *, now() as until from cms.reported with no data;
alter table cms.reported_before alter column referral_id set not null, alter column until set not null;
create index reported_before_referral on cms.reported_before (referral_id, until);
create index reported_before_until on cms.reported_before (until);

-- `until` is the clock's time under the lock of loads (known.py), not the beginning of a transaction that waited for it.
create function cms.keep_reported() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    insert into cms.reported_before
    select o.referral_id, o.source, o.referral_key, o.made_by, o.changed_by, o.received_on, o.withdrawn, o.channel,
           o.incident_kind, o.crime_category, coalesce(o.da_flag, false), o.dash_risk, o.borough_code,
           cms.age_on(o.received_on, o.birth_date, o.age), o.gender, o.ethnicity_group, o.disability,
           o.sexual_orientation, o.religion, o.priority_reasons, o.onward_reasons, o.referred_by, o.called_by,
           coalesce(o.visit_requested, false), o.vulnerable, o.intimidated,
           coalesce(o.phone_e164, o.other_phone_e164) is not null, o.safe_to_contact,
           o.recorded_at, o.offence_from, o.person_id, coalesce(o.one_crime, o.referral_id),
           o.persistently_targeted, o.mapping_version, o.triage_version, clock_timestamp()
    from before o join after n using (referral_id)
    where (o.received_on, o.withdrawn, o.channel, o.incident_kind, o.crime_category, o.da_flag, o.dash_risk,
           o.borough_code, o.birth_date, o.age, o.gender, o.ethnicity_group, o.disability, o.sexual_orientation,
           o.religion, o.priority_reasons, o.onward_reasons, o.referred_by, o.called_by, o.visit_requested,
           o.vulnerable, o.intimidated, o.phone_e164, o.other_phone_e164, o.safe_to_contact, o.recorded_at,
           o.offence_from, o.person_id, o.one_crime, o.persistently_targeted)
        is distinct from
          (n.received_on, n.withdrawn, n.channel, n.incident_kind, n.crime_category, n.da_flag, n.dash_risk,
           n.borough_code, n.birth_date, n.age, n.gender, n.ethnicity_group, n.disability, n.sexual_orientation,
           n.religion, n.priority_reasons, n.onward_reasons, n.referred_by, n.called_by, n.visit_requested,
           n.vulnerable, n.intimidated, n.phone_e164, n.other_phone_e164, n.safe_to_contact, n.recorded_at,
           n.offence_from, n.person_id, n.one_crime, n.persistently_targeted);
    return null;
end $$;
create trigger referral_reported_before after update on cms.referral
    referencing old table as before new table as after for each statement execute function cms.keep_reported();

-- Some events have a caseworker's own words for a category. Figures are made of codes alone, and so is history.
create function cms.code_alone(told text) returns text
language sql immutable parallel safe
return case when told ~ '^[a-z][a-z0-9_]{0,34}$' then told end;

create view cms.told_event as
    select event_id, referral_source, referral_key, event, at, role, cms.code_alone(category) as category, before, after,
           made_by
    from cms.event;
create table cms.event_before as select *, now() as until from cms.told_event with no data;
alter table cms.event_before alter column event_id set not null, alter column until set not null;
create index event_before_event on cms.event_before (event_id, until);
create index event_before_referral on cms.event_before (referral_key, referral_source);
create index event_before_until on cms.event_before (until);

create function cms.keep_event() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    insert into cms.event_before
    select o.event_id, o.referral_source, o.referral_key, o.event, o.at, o.role, cms.code_alone(o.category), o.before,
           o.after, o.made_by, clock_timestamp()
    from was o join becomes n using (event_id)
    where (o.referral_source, o.referral_key, o.event, o.at, o.role, o.category, o.before, o.after)
        is distinct from (n.referral_source, n.referral_key, n.event, n.at, n.role, n.category, n.before, n.after);
    return null;
end $$;
create trigger event_before after update on cms.event
    referencing old table as was new table as becomes for each statement execute function cms.keep_event();

-- Referrals as the database knew them at a moment: made by then, and as they were before the first change since.
create function cms.reported_at(moment timestamptz) returns setof cms.reported
language sql stable
begin atomic
    select r.* from cms.reported r
    where exists (select from ledger.run n where n.run = r.made_by and n.ended_at <= moment)
      and not exists (select from cms.reported_before b where b.referral_id = r.referral_id and b.until > moment)
    union all
    select b.referral_id, b.source, b.referral_key, b.made_by, b.changed_by, b.received_on, b.withdrawn, b.channel,
           b.incident_kind, b.crime_category, b.da, b.dash_risk, b.borough_code, b.age, b.gender, b.ethnicity_group,
           b.disability, b.sexual_orientation, b.religion, b.priority_reasons, b.onward_reasons, b.referred_by,
           b.called_by, b.visit_requested, b.vulnerable, b.intimidated, b.has_phone, b.safe_to_contact, b.recorded_at,
           b.offence_from, b.person_id, b.crime_id, b.persistently_targeted, b.mapping_version, b.triage_version
    from cms.reported_before b
    where b.until > moment
      and exists (select from ledger.run n where n.run = b.made_by and n.ended_at <= moment)
      and not exists (select from cms.reported_before e
                      where e.referral_id = b.referral_id and e.until > moment and e.until < b.until);
end;

-- Events that stood at a moment, with their void if the database knew of one. What it took back does not stand.
create function cms.events_at(moment timestamptz) returns setof cms.told_event
language sql stable
begin atomic
    select e.* from cms.told_event e
    where exists (select from ledger.run n where n.run = e.made_by and n.ended_at <= moment)
      and not exists (select from cms.event_before b where b.event_id = e.event_id and b.until > moment)
    union all
    select b.event_id, b.referral_source, b.referral_key, b.event, b.at, b.role, b.category, b.before, b.after, b.made_by
    from cms.event_before b
    where b.until > moment
      and exists (select from ledger.run n where n.run = b.made_by and n.ended_at <= moment)
      and not exists (select from cms.event_before e
                      where e.event_id = b.event_id and e.until > moment and e.until < b.until);
end;

revoke all on all functions in schema cms from public;
grant execute on function cms.age_on(date, date, smallint), cms.code_alone(text), cms.reported_at(timestamptz), cms.events_at(timestamptz)
    to lvws_owner, lvws_loader, lvws_operator, lvws_reader;
grant all on all tables in schema cms to lvws_owner;
grant select on all tables in schema cms to lvws_loader, lvws_operator, lvws_reader;
