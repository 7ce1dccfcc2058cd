-- What the contact centre and witness care tell of a referral, and the day on which a record counts as received.
alter table cms.record
    add column channel text,
    add column agency_type text,
    add column reported_to_police boolean,
    add column police_reference text,
    add column dash_score smallint,
    add column intimidated boolean,
    add column sexual_orientation text,
    add column religion text,
    add column urn text,
    add column referred_by text,
    add column called_by text,
    add column complainant boolean,
    add column court text,
    add column trial_date date,
    add column visit_requested boolean;

alter table cms.referral
    add column channel text,
    add column agency_type text,
    add column reported_to_police boolean,
    add column police_reference text,
    add column dash_score smallint,
    add column intimidated boolean,
    add column sexual_orientation text,
    add column religion text,
    add column urn text,
    add column referred_by text,
    add column called_by text,
    add column complainant boolean,
    add column court text,
    add column trial_date date,
    add column visit_requested boolean;

update cms.record set channel = 'police';
update cms.referral set channel = 'police';

-- Until now a record was received on the business date of its file, which leads its place in the order of truth.
alter table cms.record add column received_on date;
update cms.record set received_on = date '2000-01-01' + (file_order >> 36)::integer;
alter table cms.record alter column received_on set not null;
alter table cms.not_held add column received_on date;
update cms.not_held set received_on = date '2000-01-01' + (file_order >> 36)::integer;
alter table cms.not_held alter column received_on set not null;
create index referral_received on cms.referral (received_on);

-- Each referral is a person of its own until somebody or something finds that two are one.
create sequence cms.person_number as bigint;
alter table cms.referral add column person_id bigint not null default nextval('cms.person_number');
create index referral_person on cms.referral (person_id);

create table cms.event (
    event_id text primary key,
    referral_source text not null,
    referral_key text not null,
    event text not null,
    at timestamptz not null,
    role text,
    category text,
    before text,
    after text,
    worker text,
    made_by text not null,
    changed_by text not null,
    single boolean not null,
    first_line integer not null,
    first_file_order bigint not null
);
create index event_referral on cms.event (referral_key, referral_source);
create index event_takes_back on cms.event (before) where event = 'void';

create table cms.event_record (
    run text not null,
    line integer not null,
    event_id text not null,
    file_order bigint not null,
    referral_source text not null,
    referral_key text not null,
    event text not null,
    at timestamptz not null,
    role text,
    category text,
    before text,
    after text,
    worker text,
    primary key (run, line)
);
create index event_record_event on cms.event_record (event_id, file_order, line);

create view cms.every_event as
    select run, line, event_id from cms.event_record
    union all
    select made_by, first_line, event_id from cms.event where single;

-- Casework: what the standing events of known referrals add up to. Views, so that an event which waited is applied
-- by the arrival of its referral, and one that is taken back by the arrival of its void, in any order.
create view cms.activity as
    select r.referral_id, e.event_id, e.event, e.at, e.role, e.category, e.before, e.after, e.worker, e.made_by
    from cms.event e
    join cms.referral r on r.referral_key = e.referral_key and r.source = e.referral_source
    where e.event <> 'void'
      and not exists (select from cms.event v where v.event = 'void' and v.before = e.event_id);

create view cms.waiting as
    select e.event_id, e.referral_source, e.referral_key, e.event, e.at, e.made_by
    from cms.event e
    where not exists (select from cms.referral r
                      where r.referral_key = e.referral_key and r.source = e.referral_source);

create view cms.contact_attempt as
    select referral_id, event_id, at, category as channel, after = 'reached' as reached, worker
    from cms.activity where event = 'contact_attempt';

create view cms.take_up as
    select referral_id, min(at) as at from cms.activity where event = 'take_up' group by referral_id;

create view cms.assessment as
    select referral_id, event_id, at, worker from cms.activity where event = 'needs_assessment';

create view cms.allocation as
    select referral_id, event_id, at, role, worker,
           row_number() over (partition by referral_id order by at desc, event_id desc) = 1 as is_last
    from cms.activity where event = 'caseworker_allocated';

create view cms.care_plan as
    select referral_id, event_id, at, worker from cms.activity where event = 'care_plan';

create view cms.support as
    select referral_id, event_id, at, category as kind, worker from cms.activity where event = 'support_started';

create view cms.outcome as
    select referral_id, event_id, at, category, before::smallint as before, after::smallint as after,
           after::smallint > before::smallint as improved, worker
    from cms.activity where event = 'outcome';

create view cms.onward_referral as
    select s.referral_id, s.event_id, s.at, s.category as destination, s.worker, min(r.at) as received_at
    from cms.activity s
    left join cms.activity r on r.referral_id = s.referral_id and r.event = 'onward_received'
                            and r.category is not distinct from s.category and r.at >= s.at
    where s.event = 'onward_referral'
    group by s.referral_id, s.event_id, s.at, s.category, s.worker;

create view cms.entitlement as
    select referral_id, event_id, at, category as code, after = 'received' as received
    from cms.activity where event = 'entitlement';

create view cms.statement as
    select referral_id, event_id, at, after = 'made' as made from cms.activity where event = 'victim_statement';

create view cms.survey as
    select referral_id, event_id, at, after::smallint as score, after::smallint >= 4 as satisfied
    from cms.activity where event = 'survey';

create view cms.complaint as
    select c.referral_id, c.event_id, c.at,
           min(a.at) filter (where a.event = 'complaint_acknowledged') as acknowledged_at,
           min(a.at) filter (where a.event = 'complaint_told_commissioner') as told_commissioner_at,
           min(a.at) filter (where a.event = 'complaint_resolved') as resolved_at
    from cms.activity c
    left join cms.activity a on a.referral_id = c.referral_id and a.at >= c.at
        and a.event in ('complaint_acknowledged', 'complaint_told_commissioner', 'complaint_resolved')
        -- an answer belongs to the complaint before it, where somebody complains twice
        and not exists (select from cms.activity n where n.referral_id = c.referral_id and n.event = 'complaint'
                        and (n.at, n.event_id) > (c.at, c.event_id) and n.at <= a.at)
    where c.event = 'complaint'
    group by c.referral_id, c.event_id, c.at;

create view cms.restorative_justice as
    select referral_id, event_id, at, substr(event, 4) as step, category as kind
    from cms.activity where event in ('rj_offered', 'rj_accepted', 'rj_done');

create view cms.closure as
    select referral_id, event_id, at, event, category as reason, worker
    from cms.activity where event in ('closed', 'declined');

create view cms.visit as
    select r.referral_id,
           r.visit_requested is true or bool_or(a.event = 'visit_requested') as requested,
           min(a.at) filter (where a.event = 'visit_requested') as requested_at,
           min(a.at) filter (where a.event = 'visit_undertaken') as undertaken_at
    from cms.referral r
    left join cms.activity a on a.referral_id = r.referral_id and a.event in ('visit_requested', 'visit_undertaken')
    where r.channel = 'witness' and (r.visit_requested or a.event is not null)
    group by r.referral_id, r.visit_requested;

create view cms.witness as
    select r.referral_id, r.referral_key, r.received_on, r.urn, r.referred_by, r.called_by, r.complainant,
           r.police_reference, r.vulnerable, r.intimidated, r.court, r.trial_date, r.visit_requested,
           min(a.at) filter (where a.event = 'attended_court') as attended_at,
           min(a.at) filter (where a.event = 'gave_evidence') as gave_evidence_at
    from cms.referral r
    left join cms.activity a on a.referral_id = r.referral_id and a.event in ('attended_court', 'gave_evidence')
    where r.channel = 'witness'
    group by r.referral_id;

create view cms.person as
    select distinct on (person_id) person_id, title, forename, surname, birth_date, gender, ethnicity_group,
           referral_id as newest_referral, received_on as last_received,
           count(*) over (partition by person_id) as referrals
    from cms.referral
    order by person_id, received_on desc, referral_id desc;

create view cms.supported_case as
    select t.referral_id, t.at as opened_at, l.role, l.worker as caseworker, s.kind as support,
           c.at as closed_at, c.reason
    from cms.take_up t
    left join cms.allocation l on l.referral_id = t.referral_id and l.is_last
    left join lateral (select kind from cms.support s where s.referral_id = t.referral_id
                       order by s.at desc, s.event_id desc limit 1) s on true
    left join lateral (select at, reason from cms.closure c where c.referral_id = t.referral_id and c.event = 'closed'
                       order by c.at desc, c.event_id desc limit 1) c on true;

grant usage on sequence cms.person_number to lvws_loader;
grant all on all tables in schema cms to lvws_owner;
grant select on all tables in schema cms to lvws_loader, lvws_operator, lvws_reader;
grant insert on cms.event, cms.event_record to lvws_loader;
grant update on cms.event to lvws_loader;
