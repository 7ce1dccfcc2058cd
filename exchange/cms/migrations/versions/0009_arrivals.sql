-- The last visit to each sender's server. Files are expected from the day of the first one on.
create table ledger.visit (
    source text primary key,
    first_at timestamptz not null default now(),
    at timestamptz not null default now(),
    code text,
    since timestamptz not null default now(),
    succeeded_at timestamptz
);
comment on table ledger.visit is 'The last visit to each sender''s server: when, the code of what went wrong, and since when that is so.';

insert into ledger.visit (source, first_at, at, since, succeeded_at)
select r.source, min(d.received_at), max(d.received_at), min(d.received_at), max(d.received_at)
from ledger.delivery d join ledger.run r using (run) where d.transport <> 'by hand' group by r.source;

-- What is wrong is one line as long as it lasts, however often somebody looks. A line is told once, and once more when
-- it is over.
create table ledger.alert (
    alert_id bigint generated always as identity primary key,
    kind text not null,
    subject text not null,
    source text,
    business_date date,
    facts jsonb not null default '{}',
    since timestamptz not null,
    raised_at timestamptz not null default now(),
    over_at timestamptz,
    replaced boolean not null default false,
    settled_at timestamptz,
    settled_by text,
    settled_for text,
    constraint alert_settled_for_a_reason check ((settled_at is null) = (settled_for is null)),
    constraint alert_settled_by_somebody check ((settled_at is null) = (settled_by is null))
);
create unique index alert_once on ledger.alert (kind, subject) where over_at is null;
create index alert_over on ledger.alert (over_at) where over_at is not null;
comment on table ledger.alert is 'What is or was wrong: since when, when it was over, who settled it. No personal data.';

create table ledger.alert_told (
    alert_id bigint not null references ledger.alert,
    route text not null,
    what text not null check (what in ('raised', 'over')),
    at timestamptz not null default now(),
    primary key (alert_id, route, what)
);
comment on table ledger.alert_told is 'Where and when an alert was told, and its end.';

grant all on ledger.visit, ledger.alert, ledger.alert_told to lvws_owner;
grant select on ledger.visit, ledger.alert, ledger.alert_told to lvws_loader, lvws_operator, lvws_reader;
grant insert on ledger.visit, ledger.alert, ledger.alert_told to lvws_loader;
grant update (at, code, since, succeeded_at) on ledger.visit to lvws_loader;
grant update (over_at, replaced, facts) on ledger.alert to lvws_loader;
grant update (settled_at, settled_by, settled_for) on ledger.alert to lvws_operator;
