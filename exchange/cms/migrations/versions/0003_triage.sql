-- What the rules of triage say of a referral: all that apply, and what they come to. Staff decide beside it (cms.hold,
-- cms.turned_back); both together are in cms.triage.
alter table cms.referral
    add column age_at_offence smallint,
    add column hold_reasons text[] not null default '{}',
    add column onward_reasons text[] not null default '{}',
    add column priority_reasons text[] not null default '{}',
    add column disposition text not null default 'accepted' check (disposition in ('held', 'onward', 'accepted')),
    add column triage_version text;
create index referral_high_risk on cms.referral (received_on) where da_flag and dash_risk = 'H';
create index referral_onward on cms.referral (referral_id) where onward_reasons <> '{}';

-- Where somebody has to be called about a row that is high risk and may not be held. For all other rows it is null.
alter table cms.not_held add column area text;
-- It says that contact is not safe, which holds for the person should the referral be known.
alter table cms.not_held add column unsafe boolean not null default false;

-- Areas and who looks after them, written by `lvws migrate` from mappings/: a view that names an owner needs them here.
create table cms.borough (
    borough_code text primary key,
    name text not null,
    area text not null
);
create table cms.team (
    area text primary key,
    name text not null
);

-- --- what staff do: steps, each signed -------------------------------------------------------------------------------

create table cms.step (
    step_id bigint generated always as identity primary key,
    what text not null check (what in
        ('set_contact', 'accept_proposal', 'refuse_proposal', 'release_hold', 'turn_back', 'answer_not_passable')),
    source text not null,
    referral_key text not null,
    referral_id bigint references cms.referral,
    document text not null,
    reason text not null check (reason <> ''),
    people integer not null check (people in (1, 2)),
    state text not null default 'waiting' check (state in ('waiting', 'done', 'refused')),
    made_at timestamptz not null default now(),
    ended_at timestamptz
);
create index step_waiting on cms.step (step_id) where state = 'waiting';
create index step_referral on cms.step (referral_id);
-- A signature counts for one occasion: a document says when it was made, and what was signed once cannot be sent again.
create unique index step_document_once on cms.step (md5(document));

create table cms.step_signature (
    step_id bigint not null references cms.step,
    operator text not null,
    key_id text not null check (key_id ~ '^[0-9a-f]{64}$'),
    signature bytea not null check (length(signature) = 64),
    agrees boolean not null,
    signed_at timestamptz not null default now(),
    primary key (step_id, key_id),
    constraint step_signed_once unique (step_id, operator)
);

create table cms.hold (
    hold_id bigint generated always as identity primary key,
    referral_id bigint not null references cms.referral,
    reason text not null,
    since date not null,
    opened_at timestamptz not null default now(),
    opened_by text not null,
    released_at timestamptz,
    released_by bigint references cms.step,
    over_at timestamptz,
    over_by text,
    constraint hold_released_by_a_step check ((released_at is null) = (released_by is null)),
    constraint hold_over_by_something check ((over_at is null) = (over_by is null))
);
create unique index hold_once on cms.hold (referral_id, reason) where over_at is null;
create index hold_open on cms.hold (opened_at) where released_at is null and over_at is null;

create table cms.turned_back (
    referral_id bigint not null references cms.referral,
    reason text not null,
    step_id bigint not null references cms.step,
    at timestamptz not null default now(),
    primary key (referral_id, reason)
);

create table cms.not_passable_answer (
    source text not null,
    referral_key text not null,
    step_id bigint not null references cms.step,
    at timestamptz not null default now(),
    primary key (source, referral_key)
);

-- Safe contact belongs to staff. A referral without a row here still has the contact details of its first load, which
-- stand in cms.referral; the row is made before anything newer can come into that. No role writes it but by functions.
create table cms.safe_contact (
    referral_id bigint primary key references cms.referral,
    safe_to_contact text check (safe_to_contact in ('Y', 'N')),
    preferred_contact text check (preferred_contact in ('phone', 'sms', 'email', 'post')),
    phone text check (phone ~ '^\+[1-9][0-9]{6,14}$'),
    other_phone text check (other_phone ~ '^\+[1-9][0-9]{6,14}$'),
    email text,
    address text,
    postcode text,
    note text,
    seeded_at timestamptz not null default now(),
    seeded_by text,
    set_at timestamptz,
    set_by bigint references cms.step,
    constraint safe_contact_set_by_a_step check ((set_at is null) = (set_by is null))
);

-- What contact details a referral's own records give, in the form of cms.safe_contact: usable ones alone.
create view cms.contact_in_records as
    select referral_id, safe_to_contact, preferred_contact,
           phone_e164 as phone, other_phone_e164 as other_phone,
           case when email_usable then email end as email,
           nullif(concat_ws(E'\n', address_1, address_2, address_3, address_4, town), '') as address,
           case when postcode_usable then postcode end as postcode,
           safe_contact_note as note
    from cms.referral;

alter table cms.proposal
    add column proposal_id bigint generated always as identity unique,
    add column state text not null default 'open' check (state in ('open', 'accepted', 'refused', 'settled')),
    add column step_id bigint references cms.step;
create index proposal_open on cms.proposal (made_at) where state = 'open';

-- Contact details that staff changed until now stood among their other fields.
insert into cms.safe_contact (referral_id, safe_to_contact, preferred_contact, email, note, phone, other_phone)
select c.referral_id,
       coalesce(max(v.value) filter (where v.field = 'safe_to_contact'), max(c.safe_to_contact)),
       coalesce(max(v.value) filter (where v.field = 'preferred_contact'), max(c.preferred_contact)),
       coalesce(max(v.value) filter (where v.field = 'email'), max(c.email)),
       coalesce(max(v.value) filter (where v.field = 'safe_contact_note'), max(c.note)),
       max(c.phone), max(c.other_phone)
from cms.staff_value v join cms.contact_in_records c using (referral_id)
where v.field in ('safe_to_contact', 'preferred_contact', 'email', 'safe_contact_note')
group by c.referral_id;
delete from cms.staff_value where field in ('safe_to_contact', 'preferred_contact', 'email', 'safe_contact_note');
alter table cms.staff_value add constraint staff_value_is_not_contact check (field not in
    ('safe_to_contact', 'preferred_contact', 'phone', 'other_phone', 'email', 'address', 'postcode', 'note',
     'safe_contact_note', 'phone_e164', 'other_phone_e164', 'email_usable', 'address_1', 'address_2', 'address_3',
     'address_4', 'town', 'postcode_usable')) not valid;

-- What the rules hold a referral for now. Want of contact details holds nobody whom another service takes.
create view cms.reason_to_hold as
    select r.referral_id, r.source, r.referral_key, w.reason
    from cms.referral r cross join unnest(r.hold_reasons) as w (reason)
    where w.reason <> 'no_contact_details' or not exists (
        select from unnest(r.onward_reasons) as o (reason)
        where not exists (select from cms.turned_back t where t.referral_id = r.referral_id and t.reason = o.reason));

-- --- functions for loads: they make what staff own, and never change it ----------------------------------------------

create function cms.keep_safe_contact(of_source text, keys text[], run text) returns void
language sql security definer set search_path = pg_catalog as $$
    insert into cms.safe_contact (referral_id, safe_to_contact, preferred_contact, phone, other_phone, email, address,
                                  postcode, note, seeded_by)
    select c.referral_id, c.safe_to_contact, c.preferred_contact, c.phone, c.other_phone, c.email, c.address,
           c.postcode, c.note, run
    from cms.referral r join cms.contact_in_records c using (referral_id)
    where r.source = of_source and r.referral_key = any(keys)
    on conflict do nothing
$$;

create function cms.seed_safe_contact(of_source text, keys text[], run text) returns void
language sql security definer set search_path = pg_catalog as $$
    update cms.safe_contact s
    set safe_to_contact = coalesce(s.safe_to_contact, c.safe_to_contact),
        preferred_contact = coalesce(s.preferred_contact, c.preferred_contact),
        phone = coalesce(s.phone, c.phone), other_phone = coalesce(s.other_phone, c.other_phone),
        email = coalesce(s.email, c.email), note = coalesce(s.note, c.note),
        address = coalesce(s.address, c.address),
        postcode = case when s.address is not null then s.postcode
                        when c.address is not null then c.postcode
                        else coalesce(s.postcode, c.postcode) end,
        seeded_at = now(), seeded_by = run
    from cms.referral r join cms.contact_in_records c using (referral_id)
    where r.source = of_source and r.referral_key = any(keys) and s.referral_id = r.referral_id and s.set_at is null
      and (s.safe_to_contact is null and c.safe_to_contact is not null
        or s.preferred_contact is null and c.preferred_contact is not null
        or s.phone is null and c.phone is not null or s.other_phone is null and c.other_phone is not null
        or s.email is null and c.email is not null or s.note is null and c.note is not null
        or s.address is null and c.address is not null
        or s.address is null and s.postcode is null and c.postcode is not null)
$$;

-- --- functions for staff: one step each, signed ----------------------------------------------------------------------

create function cms.is_high_risk(of_person bigint) returns boolean
language sql stable security definer set search_path = pg_catalog as $$
    select exists (select from cms.referral where person_id = of_person and da_flag and dash_risk = 'H')
$$;

-- Two for what changes contact with somebody at high risk.
create function cms.people_needed(asked jsonb, about cms.referral) returns integer
language sql stable set search_path = pg_catalog as $$
    select case when asked ->> 'what' in ('set_contact', 'accept_proposal', 'refuse_proposal', 'release_hold')
                 and cms.is_high_risk(about.person_id) then 2 else 1 end
$$;

-- The document is what was signed, as text: {"what", "source", "referral_key", "reason", "change": {...}}. What is done
-- is read from it, so that nothing is done that nobody signed.
create function cms.take_step(document text, operator text, key_id text, signature bytea)
returns table (step_id bigint, state text, people integer)
language plpgsql security definer set search_path = pg_catalog as $$
declare
    asked jsonb := document::jsonb;
    found cms.referral;
    made cms.step;
begin
    select * into found from cms.referral r
    where r.source = asked ->> 'source' and r.referral_key = asked ->> 'referral_key';
    if found.referral_id is null and asked ->> 'what' <> 'answer_not_passable' then
        raise exception 'no such referral' using errcode = 'no_data_found', constraint = 'step_referral_is_known';
    end if;
    insert into cms.step (what, source, referral_key, referral_id, document, reason, people)
    values (asked ->> 'what', asked ->> 'source', asked ->> 'referral_key', found.referral_id, document,
            asked ->> 'reason',
            cms.people_needed(asked, found))
    returning * into made;
    perform cms.sign_step(made.step_id, operator, key_id, signature, true);
    return query select s.step_id, s.state, s.people from cms.step s where s.step_id = made.step_id;
end $$;

create function cms.sign_step(of_step bigint, by_operator text, with_key text, its_signature bytea, it_agrees boolean)
returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
    asked cms.step;
begin
    select * into asked from cms.step s where s.step_id = of_step for update;
    if asked.step_id is null then
        raise exception 'no such step' using errcode = 'no_data_found', constraint = 'step_is_known';
    elsif asked.state <> 'waiting' then
        raise exception 'the step has ended' using errcode = 'check_violation', constraint = 'step_is_waiting';
    end if;
    insert into cms.step_signature (step_id, operator, key_id, signature, agrees)
    values (of_step, by_operator, with_key, its_signature, it_agrees);
    if not it_agrees then
        update cms.step set state = 'refused', ended_at = now() where step_id = of_step;
    elsif (select count(*) from cms.step_signature g where g.step_id = of_step) >= asked.people then
        perform cms.apply_step(asked);
        update cms.step set state = 'done', ended_at = now() where step_id = of_step;
    end if;
    insert into ledger.audit (who, what, detail)
    values (by_operator,
            case when it_agrees then 'step signed: ' else 'step refused: ' end || asked.what,
            jsonb_build_object('step', of_step, 'source', asked.source, 'key', asked.referral_key));
    return (select s.state from cms.step s where s.step_id = of_step);
end $$;

create function cms.apply_step(asked cms.step) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    change jsonb := asked.document::jsonb -> 'change';
begin
    case asked.what
        when 'set_contact' then
            perform cms.apply_contact(asked, change -> 'fields', (change ->> 'seen')::bigint);
        when 'accept_proposal', 'refuse_proposal' then
            perform cms.apply_proposal(asked, (change ->> 'proposal_id')::bigint, change ->> 'value');
        when 'release_hold' then
            update cms.hold set released_at = now(), released_by = asked.step_id
            where referral_id = asked.referral_id and released_at is null and over_at is null
              and opened_at <= asked.made_at  -- one that was opened since, nobody who signed has looked at
              and reason in (select jsonb_array_elements_text(change -> 'reasons'));
            if not found then
                raise exception 'no such hold' using errcode = 'no_data_found', constraint = 'step_hold_is_open';
            end if;
        when 'turn_back' then
            insert into cms.turned_back (referral_id, reason, step_id)
            select r.referral_id, 'outside_london', asked.step_id from cms.referral r
            where r.referral_id = asked.referral_id and 'outside_london' = any(r.onward_reasons);
            if not found then
                raise exception 'not onward' using errcode = 'no_data_found', constraint = 'step_is_outside_london';
            end if;
            insert into cms.hold (referral_id, reason, since, opened_by)
            select w.referral_id, w.reason, (now() at time zone 'Europe/London')::date,
                   'turned back by step ' || asked.step_id  -- a hold of the rules, which they end
            from cms.reason_to_hold w where w.referral_id = asked.referral_id
            on conflict do nothing;
        when 'answer_not_passable' then
            insert into cms.not_passable_answer (source, referral_key, step_id)
            select asked.source, asked.referral_key, asked.step_id
            where exists (select from cms.not_held n where n.source = asked.source
                          and n.referral_key = asked.referral_key and n.da_flag and n.dash_risk = 'H')
            on conflict do nothing;
            if not found then
                raise exception 'nothing to answer' using errcode = 'no_data_found', constraint = 'step_is_not_passable';
            end if;
    end case;
end $$;

-- `seen`: the step that had set the contact details when they were looked at; null for none.
create function cms.apply_contact(asked cms.step, fields jsonb, seen bigint) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    kept cms.safe_contact;
begin
    perform cms.keep_safe_contact(asked.source, array[asked.referral_key], 'step ' || asked.step_id);
    select * into kept from cms.safe_contact where referral_id = asked.referral_id for update;
    if kept.set_by is distinct from seen then
        raise exception 'somebody else set it' using errcode = 'check_violation', constraint = 'step_saw_the_newest';
    end if;
    update cms.safe_contact s
    set (safe_to_contact, preferred_contact, phone, other_phone, email, address, postcode, note) =
        (select n.safe_to_contact, n.preferred_contact, n.phone, n.other_phone, n.email, n.address, n.postcode, n.note
         from jsonb_populate_record(kept, fields - '{referral_id,seeded_at,seeded_by,set_at,set_by}'::text[]) n),
        set_at = now(), set_by = asked.step_id
    where s.referral_id = asked.referral_id;
    update cms.proposal p set state = 'settled', step_id = asked.step_id
    where p.referral_id = asked.referral_id and p.state = 'open' and fields ? p.field and fields ->> p.field = p.value;
    if fields ->> 'safe_to_contact' = 'N' then
        update cms.hold set over_at = now(), over_by = 'step ' || asked.step_id
        where referral_id = asked.referral_id and reason = 'unsafe_to_contact' and released_at is not null
          and over_at is null;
        insert into cms.hold (referral_id, reason, since, opened_by)
        values (asked.referral_id, 'unsafe_to_contact', (now() at time zone 'Europe/London')::date,
                'step ' || asked.step_id)
        on conflict do nothing;
    end if;
end $$;

create function cms.apply_proposal(asked cms.step, of_proposal bigint, its_value text) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    told cms.proposal;
begin
    perform from cms.safe_contact where referral_id = asked.referral_id for update;  -- first, as loads do
    select * into told from cms.proposal p
    where p.proposal_id = of_proposal and p.referral_id = asked.referral_id and p.state = 'open' for update;
    if told.referral_id is null then
        raise exception 'no such proposal' using errcode = 'no_data_found', constraint = 'step_proposal_is_open';
    elsif told.value is distinct from its_value then
        raise exception 'another value came' using errcode = 'check_violation', constraint = 'step_saw_the_newest';
    end if;
    if asked.what = 'accept_proposal' and exists (
        select from cms.staff_value v where v.referral_id = told.referral_id and v.field = told.field)
    then
        update cms.staff_value set value = told.value, set_by = 'step ' || asked.step_id, set_at = now()
        where referral_id = told.referral_id and field = told.field;
    elsif asked.what = 'accept_proposal' then
        perform cms.apply_contact(asked, jsonb_build_object(told.field, told.value),
                                  (select s.set_by from cms.safe_contact s where s.referral_id = told.referral_id));
    end if;
    update cms.proposal set state = case asked.what when 'accept_proposal' then 'accepted' else 'refused' end,
                            step_id = asked.step_id
    where proposal_id = of_proposal;
end $$;

-- --- what rules and staff together come to ---------------------------------------------------------------------------

create view cms.open_hold as
    select h.hold_id, h.referral_id, r.source, r.referral_key, r.person_id, h.reason, h.since, h.opened_at, h.opened_by
    from cms.hold h join cms.referral r using (referral_id)
    where h.released_at is null and h.over_at is null and not r.withdrawn;

create view cms.triage as
    select r.referral_id, r.source, r.referral_key, r.received_on, r.withdrawn,
           case when h.reasons <> array['no_contact_details'] then 'held'
                when o.reasons is not null then 'onward'
                when h.reasons is not null then 'held'
                else 'accepted' end as disposition,
           coalesce(h.reasons, '{}') as held_for, coalesce(o.reasons, '{}') as onward_for,
           r.priority_reasons <> '{}' as priority, r.priority_reasons, r.age_at_offence, r.triage_version
    from cms.referral r
    left join lateral (
        select array_agg(h.reason order by h.reason) as reasons from cms.hold h
        where h.referral_id = r.referral_id and h.released_at is null and h.over_at is null) h on true
    left join lateral (
        select array_agg(w.reason order by w.place) as reasons
        from unnest(r.onward_reasons) with ordinality as w (reason, place)
        where not exists (select from cms.turned_back t where t.referral_id = r.referral_id and t.reason = w.reason)
        ) o on true;

-- The one way to contact details, for screens and for what leaves the service: none of them where contact is not safe.
-- Of several referrals of one person the most cautious governs all, also one that was withdrawn; want of details is a
-- referral's own affair. Where nobody wrote down that contact is safe, a released hold alone does not make it so.
create view cms.contact as
    select r.referral_id, r.source, r.referral_key, r.person_id,
           n.reasons is null as may_contact, coalesce(n.reasons, '{}') as not_because,
           case when n.reasons is null then c.preferred_contact end as preferred_contact,
           case when n.reasons is null then c.phone end as phone,
           case when n.reasons is null then c.other_phone end as other_phone,
           case when n.reasons is null then c.email end as email,
           case when n.reasons is null then c.address end as address,
           case when n.reasons is null then c.postcode end as postcode,
           case when n.reasons is null then c.note end as note,
           s.set_at, s.set_by
    from cms.referral r
    left join cms.safe_contact s using (referral_id)
    join lateral (
        select s.safe_to_contact, s.preferred_contact, s.phone, s.other_phone, s.email, s.address, s.postcode, s.note
        where s.referral_id is not null
        union all
        select k.safe_to_contact, k.preferred_contact, k.phone, k.other_phone, k.email, k.address, k.postcode, k.note
        from cms.contact_in_records k where s.referral_id is null and k.referral_id = r.referral_id) c on true
    left join lateral (
        select array_agg(distinct w.reason order by w.reason) as reasons
        from (select 'withdrawn' as reason where r.withdrawn
              union all
              select h.reason from cms.hold h join cms.referral o using (referral_id)
              where o.person_id = r.person_id and h.released_at is null and h.over_at is null
                and (h.referral_id = r.referral_id or h.reason not in ('no_contact_details', 'reopened'))
              union all
              select 'unsafe_to_contact' from cms.referral o left join cms.safe_contact t using (referral_id)
              where o.person_id = r.person_id
                and case when t.referral_id is null then o.safe_to_contact else t.safe_to_contact end = 'N') w) n on true;

create view cms.high_risk as
    select r.referral_id, r.source, r.referral_key, r.received_on, r.made_by, r.changed_by, r.withdrawn,
           coalesce(b.area, t.area, 'PAN_LONDON') as area, l.worker,
           coalesce(l.worker, t.name, (select d.name from cms.team d where d.area = 'PAN_LONDON')) as owner
    from cms.referral r
    left join cms.borough b on b.borough_code = r.borough_code
    left join cms.team t on t.area = coalesce(b.area, r.offence_bcu)
    left join lateral (
        select a.worker from cms.activity a
        where a.referral_id = r.referral_id and a.event = 'caseworker_allocated' and a.worker is not null
        order by a.at desc, a.event_id desc limit 1) l on true
    where r.da_flag and r.dash_risk = 'H';

create view cms.not_passable as
    select n.source, n.referral_key, n.run, n.line, coalesce(n.area, 'PAN_LONDON') as area,
           coalesce(t.name, (select d.name from cms.team d where d.area = 'PAN_LONDON')) as owner
    from cms.not_held n
    join ledger.disposition d using (run, line)
    left join cms.team t on t.area = n.area
    where n.da_flag and n.dash_risk = 'H' and d.outcome = 'excluded'
      and not exists (select from cms.referral r where r.source = n.source and r.referral_key = n.referral_key)
      and not exists (select from cms.not_passable_answer a
                      where a.source = n.source and a.referral_key = n.referral_key);

-- --- the clocks (R5, R9, R10, R17): when each began and when it was met, null where it was not yet ---------------------

-- The moment of receipt: as told for those who came by themselves, an agency or a court; the end of the business day
-- for files of a day, which come in the night after it.
-- A body that is bound when it is made needs no search path of its own, and goes into the plan of whoever asks: with
-- `set search_path` each row would be a call.
create function cms.received_at(r cms.referral) returns timestamptz language sql stable
return coalesce(case when r.channel <> 'police' then r.recorded_at end,
                (r.received_on + 1)::timestamp at time zone 'Europe/London');

-- Who is handed to which service, and in which file. `contact_step`: the step that had set the contact details in it.
-- Rows are never deleted: one that may not go any more is taken back before its file is sent.
create table cms.onward (
    onward_id text primary key check (onward_id ~ '^O[0-9A-F]{16}$'),
    referral_id bigint not null references cms.referral,
    destination text not null,
    reason text not null,
    agreed_at timestamptz not null,
    at_once boolean not null,
    file text not null,
    contact_step bigint references cms.step,
    queued_at timestamptz not null default now(),
    sending_at timestamptz,
    received_at timestamptz,
    receipt text,
    taken_back_at timestamptz,
    taken_back_for text[],
    constraint onward_received_by_a_receipt check ((received_at is null) = (receipt is null)),
    constraint onward_taken_back_for_a_reason check ((taken_back_at is null) = (taken_back_for is null))
);
create unique index onward_once on cms.onward (referral_id, destination) where taken_back_at is null;
create index onward_file on cms.onward (file);
create index onward_waiting on cms.onward (queued_at) where received_at is null and taken_back_at is null;

-- Answers to senders belong to a run; files for other services do not. A file that was made anew before it was sent
-- stays, replaced.
alter table ledger.outbox
    alter column run drop not null,
    add column replaced_at timestamptz,
    add constraint outbox_sent_or_replaced check (sent_at is null or replaced_at is null),
    add constraint outbox_answers_are_not_replaced check (replaced_at is null or run is null);
create unique index outbox_once_without_run on ledger.outbox (source, name) where run is null and replaced_at is null;

create view cms.onward_state as
    select o.onward_id, o.referral_id, r.source, r.referral_key, o.destination, o.reason, o.agreed_at, o.at_once,
           o.file, o.queued_at, o.sending_at, b.sent_at, least(o.received_at, e.at) as received_at, o.taken_back_at,
           case when o.taken_back_at is not null then 'taken_back'
                when o.received_at is not null or e.at is not null then 'received'
                when b.sent_at is not null then 'sent'
                else 'queued' end as state
    from cms.onward o
    join cms.referral r using (referral_id)
    left join ledger.outbox b on b.run is null and b.replaced_at is null and b.source = o.destination
                             and b.name = o.file
    left join lateral (
        select min(a.at) as at from cms.activity a
        where a.referral_id = o.referral_id and a.event = 'onward_received' and a.category = o.destination
          and a.at >= o.agreed_at) e on true;

-- Whom another service takes or is asked to take, once for each of the two: by a rule of triage that staff did not turn
-- back, or because the person agreed (the events that stand). `agreed_at` is null while a rule waits for that;
-- `not_because` is empty where nothing speaks against sending. Who was received already is not here. The parameters are
-- mappings/triage/destinations.csv, so that the table of the program at work decides, and no older copy of it.
create function cms.onward_asked(reasons text[], destinations text[], without_asking boolean[])
returns table (referral_id bigint, destination text, reason text, agreed_at timestamptz, at_once boolean,
               not_because text[])
language sql stable set search_path = pg_catalog as $$
    with book as (
        select * from unnest(reasons, destinations, without_asking) as b (reason, destination, at_once)
    ), by_rule as (
        select distinct on (r.referral_id, b.destination) r.referral_id, b.destination, w.reason, b.at_once,
               case when b.at_once then cms.received_at(r) end as received_at
        from cms.referral r
        cross join unnest(r.onward_reasons) with ordinality as w (reason, place)
        join book b on b.reason = w.reason
        where r.onward_reasons <> '{}' and not exists (
            select from cms.turned_back t where t.referral_id = r.referral_id and t.reason = w.reason)
        order by r.referral_id, b.destination, b.at_once desc, w.place
    ), by_event as (
        select e.referral_id, e.destination, min(e.at) as at
        from cms.onward_referral e
        where e.destination is not null and not exists (
            select from cms.turned_back t join book b on b.reason = t.reason
            where t.referral_id = e.referral_id and b.destination = e.destination and t.at >= e.at)
        group by e.referral_id, e.destination
    ), asked as (
        select referral_id, destination, coalesce(u.reason, 'agreed') as reason,
               coalesce(e.at, u.received_at) as agreed_at, e.at is null and u.at_once as at_once,
               coalesce(u.at_once, false) as needs_no_contact
        from by_rule u full join by_event e using (referral_id, destination)
    )
    select a.referral_id, a.destination, a.reason, a.agreed_at, a.at_once,
           case when a.needs_no_contact and t.disposition = 'onward'
                then array_remove(c.not_because, 'no_contact_details') else c.not_because end
    from asked a
    join cms.contact c on c.referral_id = a.referral_id
    join cms.triage t on t.referral_id = a.referral_id
    where not exists (
        select from cms.activity x
        where x.referral_id = a.referral_id and x.event = 'onward_received' and x.category = a.destination
          and x.at >= coalesce(a.agreed_at, '-infinity'))
$$;

-- Events that few referrals have are found without reading all.
create index event_rare on cms.event (event) where event in
    ('onward_referral', 'onward_received', 'complaint', 'complaint_acknowledged', 'complaint_told_commissioner',
     'complaint_resolved');

-- What was handed on, with its receipt: what the other service answers to the file, or what staff write down. Besides,
-- what the person agreed to and is in no file yet.
create view cms.handed_on as
    select o.referral_id, o.destination, true as in_a_file, coalesce(o.sent_at, o.queued_at) as handed_at, o.received_at
    from cms.onward_state o
    where o.taken_back_at is null
    union all
    select n.referral_id, n.destination, false, n.at, n.received_at
    from cms.onward_referral n
    where not exists (select from cms.onward o
                      where o.referral_id = n.referral_id and o.destination = n.destination and o.taken_back_at is null);

-- Withdrawn, declined and closed referrals count no more; a complaint and a receipt go on after closing. Where another
-- service has said of everything handed on to it that it has the person, contact is its own, and so is casework unless
-- the person took up support here too. A hold at high risk is one of the person, whichever referral it stands on.
create view cms.clock as
    with done as (
        select a.referral_id,
               min(a.at) filter (where a.event = 'contact_attempt' and a.after = 'reached'
                                    or a.event = 'take_up') as contact,
               array_agg(a.at) filter (where a.event = 'contact_attempt') as attempts,
               min(a.at) filter (where a.event = 'needs_assessment') as assessment,
               min(a.at) filter (where a.event = 'caseworker_allocated') as caseworker,
               min(a.at) filter (where a.event = 'care_plan') as care_plan,
               min(a.at) filter (where a.event = 'onward_referral') as agreed,
               max(a.at) filter (where a.event in ('declined', 'closed')) as ended,
               max(a.at) filter (where a.event = 'take_up') as taken_up
        from cms.activity a group by a.referral_id
    ), handed as (
        select h.referral_id, min(h.handed_at) as handed_at, bool_and(h.received_at is not null) as received
        from cms.handed_on h group by h.referral_id
    ), turned as (
        select b.referral_id, array_agg(b.reason) as reasons from cms.turned_back b group by b.referral_id
    ), told as (
        select r.referral_id, case when r.channel = 'police' then r.recorded_at end as recorded_at,
               cms.received_at(r) as received_at, d.contact,
               case when cardinality(d.attempts) >= 3 then
                   (select distinct date_trunc('minute', n.at) as at from unnest(d.attempts) as n (at)
                    order by at offset 2 limit 1) end as third_attempt,
               d.assessment, d.caseworker, d.care_plan, d.taken_up, least(d.agreed, h.handed_at) as onward,
               r.withdrawn or d.ended is not null and coalesce(d.ended >= d.taken_up, true) as has_ended,
               not r.onward_reasons <@ coalesce(b.reasons, '{}') as goes_onward, h.received is true as has_receipt
        from cms.referral r
        left join done d on d.referral_id = r.referral_id
        left join handed h on h.referral_id = r.referral_id
        left join turned b on b.referral_id = r.referral_id
    ), ours as materialized (
        select t.referral_id, t.recorded_at, t.received_at, t.contact, t.third_attempt, t.assessment, t.caseworker,
               t.care_plan, t.onward, t.goes_onward, t.has_ended,
               t.has_ended or t.goes_onward and t.has_receipt as contact_stopped,
               t.has_ended or t.goes_onward and t.has_receipt and t.taken_up is null as casework_stopped
        from told t
    )
    -- One scan of what was worked out once for each: a tenth of the time of a lateral list of values.
    select o.referral_id, 'police_2_working_days' as standard, o.recorded_at as started_at, o.received_at as met_at,
           o.has_ended as stopped
    from ours o where o.recorded_at is not null
    union all
    select o.referral_id, 'contact_72h', o.received_at, o.contact, o.contact_stopped from ours o
    union all
    select o.referral_id, 'three_attempts_72h', o.received_at, least(o.contact, o.third_attempt), o.contact_stopped
    from ours o
    union all
    select o.referral_id, 'needs_assessment_24h', o.contact, o.assessment, o.casework_stopped
    from ours o where o.contact is not null
    union all
    select o.referral_id, 'caseworker_24h', o.assessment, o.caseworker, o.casework_stopped
    from ours o where o.assessment is not null
    union all
    select o.referral_id, 'care_plan_72h', o.assessment, o.care_plan, o.casework_stopped
    from ours o where o.assessment is not null
    union all
    select o.referral_id, 'onward_24h', o.contact, o.onward, o.has_ended
    from ours o where o.goes_onward and o.contact is not null
    union all
    select h.referral_id, 'onward_receipt_24h', h.handed_at, h.received_at, r.withdrawn
    from cms.handed_on h join cms.referral r using (referral_id)
    where h.in_a_file or exists (
        select from unnest(r.onward_reasons) as w (reason)
        where not exists (select from cms.turned_back b where b.referral_id = r.referral_id and b.reason = w.reason))
    union all
    select k.referral_id, 'high_risk_hold_24h', h.opened_at,
           case when bool_and(coalesce(h.released_at, h.over_at) is not null)
                then max(least(h.released_at, h.over_at)) end,
           k.withdrawn or bool_and(o.withdrawn)
               or exists (select from cms.closure e
                          where e.referral_id = k.referral_id and e.at >= h.opened_at and not exists (
                              select from cms.activity u
                              where u.referral_id = k.referral_id and u.event = 'take_up' and u.at > e.at))
    from cms.referral k
    join cms.referral o on o.person_id = k.person_id
    join cms.hold h on h.referral_id = o.referral_id
        and (o.referral_id = k.referral_id or h.reason not in ('no_contact_details', 'reopened'))
    where k.da_flag and k.dash_risk = 'H'
    group by k.referral_id, h.opened_at
    union all
    select c.referral_id, w.standard, w.started_at, w.met_at, r.withdrawn
    from cms.complaint c join cms.referral r using (referral_id)
    cross join lateral (values
        ('complaint_24h', c.at, c.acknowledged_at),
        ('complaint_told_24h', c.at, c.told_commissioner_at),
        ('complaint_5_working_days', c.acknowledged_at, c.resolved_at)
    ) as w (standard, started_at, met_at)
    where w.started_at is not null;

-- --- what goes out, and rejects until they are mended ----------------------------------------------------------------

create table ledger.receipt (
    receipt_id bigint generated always as identity primary key,
    destination text not null,
    name text not null,
    sha256 text not null,
    remote_stamp text not null,
    problem text,
    noted integer not null,
    unknown integer not null,
    wrong integer not null,
    read_at timestamptz not null default now(),
    tidied_at timestamptz,
    constraint receipt_once unique (destination, name, sha256)
);
comment on table ledger.receipt is
    'Receipts of other services: how many lines were noted, name nobody who was sent there, or are wrong; no line itself.';

-- One line for a key and kind at a time, until it is mended; where the key is unsound, one for each row.
create table ledger.reject (
    reject_id bigint generated always as identity primary key,
    source text not null,
    referral_key text,
    kind text not null check (kind in ('quarantined', 'excluded', 'held')),
    code text not null,
    first_run text not null,
    first_line integer not null,
    first_reported timestamptz not null,
    last_run text not null,
    last_file_order bigint not null,
    last_line integer not null,
    times integer not null default 1 check (times >= 1),
    mended_at timestamptz,
    mended_by text,
    constraint reject_mended_by_something check ((mended_at is null) = (mended_by is null))
);
create unique index reject_once on ledger.reject (source, referral_key, kind) where mended_at is null;
create index reject_without_key on ledger.reject (first_run) where referral_key is null and mended_at is null;
create index reject_mended on ledger.reject (source, mended_at) where mended_at is not null;

-- Each row with which a reject was told to its sender; several codes where a referral is held for several reasons.
create table ledger.reject_row (
    run text not null,
    line integer not null,
    code text not null,
    reject_id bigint not null,
    primary key (run, line, code)
);

-- What a sender can end a hold with: safe or usable contact details, or consent. A hold that staff alone opened is not
-- among them. exchange/ledger/rejects.py has a sentence for each reason.
create view cms.asked_of_sender as
    select h.referral_id, r.source, r.referral_key, h.reason
    from cms.hold h join cms.referral r using (referral_id)
    where h.released_at is null and h.over_at is null and not r.withdrawn and h.reason = any(r.hold_reasons)
      and h.reason in ('unsafe_to_contact', 'safe_contact_unknown', 'consent_pending', 'no_contact_details');

-- Whoever ends the last such hold of a referral, a load or staff, mends its reject.
create function cms.mend_rejects() returns trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    with done as materialized (
        select h.referral_id, max(coalesce(h.over_at, h.released_at)) as at,
               max(coalesce(h.over_by, 'step ' || h.released_by)) as by
        from ended h where h.over_at is not null or h.released_at is not null
        group by h.referral_id
    ), asked as materialized (
        select a.referral_id from done o join cms.asked_of_sender a using (referral_id)
    )
    update ledger.reject j set mended_at = o.at, mended_by = o.by
    from done o join cms.referral r using (referral_id)
    where j.source = r.source and j.referral_key = r.referral_key and j.kind = 'held' and j.mended_at is null
      and o.referral_id not in (select referral_id from asked);  -- hashed, however few the planner expects
    return null;
end $$;
create trigger hold_ended after update on cms.hold
    referencing new table as ended for each statement execute function cms.mend_rejects();

-- --- who may ---------------------------------------------------------------------------------------------------------

revoke all on all functions in schema cms from public;
grant execute on function cms.keep_safe_contact(text, text[], text), cms.seed_safe_contact(text, text[], text)
    to lvws_loader;
grant execute on function cms.take_step(text, text, text, bytea), cms.sign_step(bigint, text, text, bytea, boolean)
    to lvws_operator;
grant execute on function cms.received_at(cms.referral), cms.is_high_risk(bigint),
    cms.onward_asked(text[], text[], boolean[])
    to lvws_owner, lvws_loader, lvws_operator, lvws_reader;
grant all on all tables in schema ledger, cms to lvws_owner;
grant select on all tables in schema ledger, cms to lvws_loader, lvws_operator, lvws_reader;
grant insert (referral_id, reason, since, opened_by) on cms.hold to lvws_loader;
grant update (over_at, over_by) on cms.hold to lvws_loader;
grant update (state) on cms.proposal to lvws_loader;
grant insert on cms.onward to lvws_loader;
grant update (contact_step, sending_at, received_at, receipt, taken_back_at, taken_back_for) on cms.onward
    to lvws_loader;
grant update (replaced_at) on ledger.outbox to lvws_loader;
grant insert on ledger.receipt to lvws_loader;
grant update (remote_stamp, problem, noted, unknown, wrong, read_at, tidied_at) on ledger.receipt to lvws_loader;
grant insert on ledger.reject, ledger.reject_row to lvws_loader;
grant update (code, last_run, last_file_order, last_line, times, mended_at, mended_by) on ledger.reject to lvws_loader;
