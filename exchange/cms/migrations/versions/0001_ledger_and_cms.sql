-- The ledger: what came, what was done with it, and what became of every row. Nothing in it is deleted but notes of files still being written.
create schema if not exists ledger;
create schema cms;

create table ledger.worker (
    worker_id bigint generated always as identity primary key,
    name text not null,
    started_at timestamptz not null default now()
);
comment on table ledger.worker is 'Processes that took runs; each holds a session lock on its number while it lives.';

create table ledger.content (
    content text primary key check (content ~ '^[0-9a-f]{64}$'),
    bytes bigint not null check (bytes >= 0),
    first_seen timestamptz not null default now(),
    destroyed_at timestamptz
);
comment on table ledger.content is 'Bytes of files by the SHA-256 of their plain form; a name or a time is no identity (hazards F16, F17).';

create table ledger.run (
    run text primary key,
    source text not null,
    file text not null,
    content text not null references ledger.content,
    business_date date not null,
    sequence integer not null check (sequence >= 0),
    arrival integer not null check (arrival >= 1),
    file_order bigint not null,
    declared_rows bigint check (declared_rows >= 0),
    body_bytes bigint check (body_bytes >= 0),
    state text not null default 'open' check (state in ('open', 'loaded', 'refused', 'stopped', 'repeat')),
    stage text not null default 'fetch' check (stage in ('fetch', 'check', 'triage', 'load')),
    code text,
    detail text,
    rows bigint not null default 0,
    created bigint not null default 0 check (created >= 0),
    updated bigint not null default 0 check (updated >= 0),
    withdrawn bigint not null default 0 check (withdrawn >= 0),
    duplicate bigint not null default 0 check (duplicate >= 0),
    quarantined bigint not null default 0 check (quarantined >= 0),
    excluded bigint not null default 0 check (excluded >= 0),
    waiting bigint not null default 0 check (waiting >= 0),
    mapping_version text,
    triage_version text,
    worker_id bigint references ledger.worker,
    fence integer not null default 0,
    lease_until timestamptz,
    started_at timestamptz not null default now(),
    ended_at timestamptz,
    constraint run_rows_add_up check (rows = created + updated + withdrawn + duplicate + quarantined + excluded + waiting),
    constraint run_only_loads_count check (state = 'loaded' or rows = 0),
    constraint run_has_a_reason check (state not in ('refused', 'stopped') or code is not null)
);
create unique index run_loaded_once on ledger.run (source, content) where state = 'loaded' and rows > 0;
create index run_started on ledger.run (started_at);
create index run_content on ledger.run (source, content);
create index run_file on ledger.run (source, file);
comment on table ledger.run is 'One attempt, however often continued, to take in one content under one name; its counts must add up.';

create table ledger.delivery (
    delivery_id bigint generated always as identity primary key,
    source text not null,
    delivered_name text not null,
    remote_stamp text not null,
    transfer_sha256 text not null,
    run text not null references ledger.run,
    received_at timestamptz not null default now(),
    cleaned_at timestamptz,
    transport text not null,
    constraint delivery_once unique (source, delivered_name, remote_stamp)
);
create index delivery_run on ledger.delivery (run);
comment on table ledger.delivery is 'Each arrival of a file: its name there, its size and time there, and the run that took it.';

create table ledger.incomplete (
    source text not null,
    file text not null,
    business_date date not null,
    sequence integer,
    first_seen timestamptz not null default now(),
    last_seen timestamptz not null default now(),
    primary key (source, file)
);
comment on table ledger.incomplete is 'Files seen on a server that are still being written; a line goes when its file was taken.';

-- Bulk tables name their run without a foreign key: a check a row would cost a large file more than its load.
-- Their rows are written in the transaction that counts them, and nothing deletes a run.
create table ledger.disposition (
    run text not null,
    line integer not null,
    outcome text not null check (outcome in
        ('created', 'updated', 'withdrawn', 'duplicate', 'quarantined', 'excluded', 'waiting')),
    code text,
    referral_key text,
    primary key (run, line),
    constraint disposition_excluded_has_code check (outcome not in ('excluded', 'quarantined') or code is not null)
);
create index disposition_key on ledger.disposition (referral_key) where referral_key is not null;
comment on table ledger.disposition is 'The one outcome of every data row (interfaces: outcomes). The key stands here for excluded and quarantined rows only.';

create table ledger.finding (
    run text not null,
    line integer not null,
    column_name text not null,
    rule text not null,
    primary key (run, line, column_name, rule)
);
comment on table ledger.finding is 'What the checks found: line, column, rule. There is no room for a value.';

create table ledger.outbox (
    outbox_id bigint generated always as identity primary key,
    run text not null references ledger.run,
    source text not null,
    name text not null,
    body bytea not null,
    made_at timestamptz not null default now(),
    sent_at timestamptz,
    constraint outbox_once unique (run, name)
);
create index outbox_waiting on ledger.outbox (source, outbox_id) where sent_at is null;
comment on table ledger.outbox is 'Files to be put on a server, written in the transaction that caused them, sent after it.';

create table ledger.audit (
    audit_id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    who text not null,
    what text not null,
    run text,
    detail jsonb not null default '{}',
    chain bytea not null default ''
);
comment on table ledger.audit is 'Who did what, in an order that cannot be changed unseen: each line carries the hash of the one before it.';

create function ledger.chain_audit() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
begin
    perform pg_advisory_xact_lock(7305003);
    new.at := clock_timestamp();
    new.audit_id := nextval(pg_get_serial_sequence('ledger.audit', 'audit_id'));
    new.chain := sha256(convert_to(concat_ws('|',
        coalesce((select encode(chain, 'hex') from ledger.audit order by audit_id desc limit 1), ''),
        new.at at time zone 'UTC', new.who, new.what, new.run, new.detail::text), 'UTF8'));
    return new;
end $$;
create trigger audit_chain before insert on ledger.audit for each row execute function ledger.chain_audit();

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit is never changed' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_for_good before update or delete on ledger.audit
    for each row execute function ledger.refuse_change();

create function ledger.check_dispositions() returns trigger language plpgsql as $$
declare
    counted bigint[];
begin
    select array[count(*),
                 count(*) filter (where outcome = 'created'), count(*) filter (where outcome = 'updated'),
                 count(*) filter (where outcome = 'withdrawn'), count(*) filter (where outcome = 'duplicate'),
                 count(*) filter (where outcome = 'quarantined'), count(*) filter (where outcome = 'excluded'),
                 count(*) filter (where outcome = 'waiting')]
      into counted from ledger.disposition where run = new.run;
    if counted <> array[new.rows, new.created, new.updated, new.withdrawn, new.duplicate,
                        new.quarantined, new.excluded, new.waiting] then
        raise exception 'the dispositions of a run differ from its counts'
            using errcode = 'check_violation', constraint = 'run_counts_its_dispositions';
    end if;
    return null;
end $$;
create constraint trigger run_counts_its_dispositions
    after insert or update of state, rows, created, updated, withdrawn, duplicate, quarantined, excluded, waiting
    on ledger.run deferrable initially deferred
    for each row when (new.state = 'loaded') execute function ledger.check_dispositions();

-- The CMS: referrals, and the records that they add up to. Most referrals have one record, which is the referral
-- itself (`single`); it is written to cms.record when a second one comes. That halves the work of a large load.
create table cms.record (
    run text not null,
    line integer not null,
    source text not null,
    referral_key text not null,
    file_order bigint not null,
    record_type text not null check (record_type in ('N', 'U', 'W')),
    closes boolean not null,
    opens boolean not null,
    recorded_at timestamptz,
    recorded_at_text text,
    offence_from date,
    offence_to date,
    incident_kind text,
    ho_code text,
    nfib_code text,
    offence_title text,
    offence_class text,
    crime_category text,
    class_basis text,
    death boolean,
    mapping_version text,
    loss_gbp numeric(12,2),
    da_flag boolean,
    dash_risk text,
    hate_flags text,
    vulnerable boolean,
    repeat_victim boolean,
    victim_type text,
    named_contact boolean,
    title text,
    forename text,
    surname text,
    birth_date date,
    age smallint,
    gender text,
    gender_code text,
    gender_code_set text,
    ethnicity_self text,
    ethnicity_self_set text,
    ethnicity_group text,
    ethnicity_observed text,
    disability text,
    language text,
    interpreter boolean,
    address_1 text,
    address_2 text,
    address_3 text,
    address_4 text,
    town text,
    postcode text,
    postcode_usable boolean,
    borough text,
    borough_code text,
    offence_borough text,
    offence_borough_code text,
    offence_bcu text,
    police_force text,
    phone text,
    other_phone text,
    phone_e164 text,
    other_phone_e164 text,
    email text,
    email_usable boolean,
    preferred_contact text,
    safe_to_contact text,
    safe_contact_note text,
    consent text,
    opted_out boolean,
    officer text,
    station text,
    primary key (run, line)
);
create index record_key on cms.record (referral_key, source, file_order, line);
comment on table cms.record is 'The records of referrals that have several, as their sender sent them, typed and mapped; never changed.';

create table cms.not_held (
    run text not null,
    line integer not null,
    source text not null,
    referral_key text not null,
    file_order bigint not null,
    code text not null,
    closes boolean not null,
    pending boolean not null,
    da_flag boolean not null,
    dash_risk text check (dash_risk in ('S', 'M', 'H')),
    primary key (run, line)
);
create index not_held_key on cms.not_held (referral_key, source);
create index not_held_high_risk on cms.not_held (referral_key, source) where da_flag and dash_risk = 'H';
comment on table cms.not_held is 'Rows that may not be held: key, line, code, and what protects the person should the referral be known.';

create table cms.referral (
    referral_id bigint generated always as identity primary key,
    source text not null,
    referral_key text not null,
    received_on date not null,
    withdrawn boolean not null,
    reopened boolean not null,
    consent_pending boolean not null,
    made_by text not null,
    changed_by text not null,
    single boolean not null,
    first_line integer not null,
    first_file_order bigint not null,
    first_record_type text not null check (first_record_type in ('N', 'U', 'W')),
    first_opens boolean not null,
    recorded_at timestamptz,
    recorded_at_text text,
    offence_from date,
    offence_to date,
    incident_kind text,
    ho_code text,
    nfib_code text,
    offence_title text,
    offence_class text,
    crime_category text,
    class_basis text,
    death boolean,
    mapping_version text,
    loss_gbp numeric(12,2),
    da_flag boolean,
    dash_risk text,
    hate_flags text,
    vulnerable boolean,
    repeat_victim boolean,
    victim_type text,
    named_contact boolean,
    title text,
    forename text,
    surname text,
    birth_date date,
    age smallint,
    gender text,
    gender_code text,
    gender_code_set text,
    ethnicity_self text,
    ethnicity_self_set text,
    ethnicity_group text,
    ethnicity_observed text,
    disability text,
    language text,
    interpreter boolean,
    address_1 text,
    address_2 text,
    address_3 text,
    address_4 text,
    town text,
    postcode text,
    postcode_usable boolean,
    borough text,
    borough_code text,
    offence_borough text,
    offence_borough_code text,
    offence_bcu text,
    police_force text,
    phone text,
    other_phone text,
    phone_e164 text,
    other_phone_e164 text,
    email text,
    email_usable boolean,
    preferred_contact text,
    safe_to_contact text,
    safe_contact_note text,
    consent text,
    opted_out boolean,
    officer text,
    station text,
    constraint referral_key_once unique (referral_key, source)
);
comment on table cms.referral is 'A referral: what its records add up to in the order of truth. Written by loads alone.';

create view cms.every_record as
    select run, line, source, referral_key, file_order, record_type from cms.record
    union all
    select made_by, first_line, source, referral_key, first_file_order, first_record_type from cms.referral where single;
comment on view cms.every_record is 'Each record that may be held: where it came from and which referral it belongs to.';

create table cms.staff_value (
    referral_id bigint not null references cms.referral,
    field text not null,
    value text,
    set_by text not null,
    set_at timestamptz not null default now(),
    primary key (referral_id, field)
);
comment on table cms.staff_value is 'Fields that staff changed: theirs from then on, whatever a feed says.';

create table cms.proposal (
    referral_id bigint not null references cms.referral,
    field text not null,
    value text,
    run text not null,
    made_at timestamptz not null default now(),
    primary key (referral_id, field)
);
comment on table cms.proposal is 'What a feed says of a field that staff own, where it says something else.';

-- Roles guard against faults: the loader cannot delete, and cannot write what staff own or what was audited.
do $$
declare
    role_name text;
begin
    foreach role_name in array array['lvws_owner', 'lvws_loader', 'lvws_operator', 'lvws_reader'] loop
        begin
            execute format('create role %I nologin', role_name);
        exception when duplicate_object or unique_violation then
            null;
        end;
        execute format('grant %I to %I', role_name, current_user);
    end loop;
end $$;

grant usage on schema ledger, cms to lvws_owner, lvws_loader, lvws_operator, lvws_reader;
grant all on all tables in schema ledger, cms to lvws_owner;
grant select on all tables in schema ledger, cms to lvws_loader, lvws_operator, lvws_reader;
grant insert on ledger.worker, ledger.content, ledger.run, ledger.delivery, ledger.disposition, ledger.finding,
    ledger.outbox, ledger.audit, cms.record, cms.not_held, cms.referral, cms.proposal to lvws_loader;
grant insert, delete on ledger.incomplete to lvws_loader;
grant update (last_seen) on ledger.incomplete to lvws_loader;
grant update on ledger.run to lvws_loader;
grant update (destroyed_at) on ledger.content to lvws_loader;
grant update (cleaned_at) on ledger.delivery to lvws_loader;
grant update (sent_at) on ledger.outbox to lvws_loader;
grant update on cms.referral to lvws_loader;
grant update (value, run, made_at) on cms.proposal to lvws_loader;
grant insert on ledger.audit to lvws_operator;
grant insert, update on cms.staff_value to lvws_operator;
