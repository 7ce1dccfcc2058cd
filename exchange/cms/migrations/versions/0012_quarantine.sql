-- A correction of broken rows of one load: what was signed says which rows and columns, why, and the hash of the corrected
-- bytes, which lie encrypted in the vault beside the broken ones. Done, it is a run of its own in the place of the load
-- that it corrects.
create table ledger.correction (
    correction_id bigint generated always as identity primary key,
    of_run text not null references ledger.run,
    document text not null unique,
    content text not null references ledger.content,
    people integer not null check (people in (1, 2)),
    state text not null default 'waiting' check (state in ('waiting', 'signed', 'done', 'refused')),
    made_at timestamptz not null default now(),
    ended_at timestamptz
);
create index correction_waiting on ledger.correction (state) where state in ('waiting', 'signed');
comment on table ledger.correction is 'Corrections of broken rows: who, why, which columns; what they say now is encrypted in the vault.';

create table ledger.correction_signature (
    correction_id bigint not null references ledger.correction,
    operator text not null,
    key_id text not null check (key_id ~ '^[0-9a-f]{64}$'),
    signature bytea not null check (length(signature) = 64),
    agrees boolean not null,
    signed_at timestamptz not null default now(),
    primary key (correction_id, key_id),
    constraint correction_signed_once unique (correction_id, operator)
);
comment on table ledger.correction_signature is 'Who signed a correction: whoever made it, and for fields that tell how somebody is reached safely a second person.';

create table ledger.correction_row (
    correction_id bigint not null references ledger.correction,
    line integer not null,
    of_line integer not null,
    columns text[] not null,
    primary key (correction_id, line),
    constraint correction_row_once unique (correction_id, of_line)
);
comment on table ledger.correction_row is 'The rows of a correction: their line in its bytes, their line in the file that it corrects, the columns that changed.';

alter table ledger.run add column corrects bigint references ledger.correction;

create table ledger.quarantine_owner (
    source text not null,
    rule text not null,
    owner text not null,
    since timestamptz not null default now(),
    given_by text not null,
    primary key (source, rule)
);
comment on table ledger.quarantine_owner is 'Who looks after the broken rows of a source for one cause.';

create table ledger.quarantine_export (
    export_id text primary key,
    file text not null,
    cells integer not null,
    made_by text not null,
    reason text not null,
    made_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    ended_by text
);
comment on table ledger.quarantine_export is 'Workbooks with broken rows: who made each, why, until when it counts, and when it came back.';

-- Broken rows that nobody mended, each once: of a key that came broken several times the newest one.
create view ledger.quarantined as
    select j.reject_id, j.source, j.last_run as run, j.last_line as line, j.referral_key, j.code as rule,
           j.first_reported, j.times, n.file, n.business_date, n.file_order
    from ledger.reject j join ledger.run n on n.run = j.last_run
    where j.kind = 'quarantined' and j.mended_at is null and n.state = 'loaded';

-- Runs that are files of a sender: all but those that are rows which people corrected or released, one by one.
create view ledger.sent as
    select r.* from ledger.run r
    where r.corrects is null
       or not exists (select from ledger.correction_row w where w.correction_id = r.corrects);
comment on view ledger.sent is 'Runs that are files as a sender sent them. Rows that people corrected are in the file that they came in.';

grant all on ledger.correction, ledger.correction_signature, ledger.correction_row, ledger.quarantine_owner,
    ledger.quarantine_export, ledger.quarantined, ledger.sent to lvws_owner;
grant select on ledger.correction, ledger.correction_signature, ledger.correction_row, ledger.quarantine_owner,
    ledger.quarantine_export, ledger.quarantined, ledger.sent to lvws_loader, lvws_operator, lvws_reader;
grant insert on ledger.correction, ledger.correction_signature, ledger.correction_row, ledger.quarantine_owner,
    ledger.quarantine_export to lvws_operator;
grant insert on ledger.content to lvws_operator;
grant update (state, ended_at) on ledger.correction to lvws_operator, lvws_loader;
grant update (owner, since, given_by) on ledger.quarantine_owner to lvws_operator;
grant update (ended_at, ended_by) on ledger.quarantine_export to lvws_operator, lvws_loader;
