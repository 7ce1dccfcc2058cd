-- The IDVA roster (interfaces: idva): each statement whole, as it was received, for good. The newest one holds, by the
-- date in its name and then by receipt; a quarter can be worked out as it was known at any moment.

create table cms.roster_statement (
    statement_id bigint generated always as identity primary key,
    statement_date date not null,
    received_at timestamptz not null,
    run text not null unique references ledger.run,
    file text not null check (file <> ''),
    given_by text not null check (given_by <> '')
);
create index roster_statement_order on cms.roster_statement (statement_date, received_at);

create table cms.roster_post (
    statement_id bigint not null references cms.roster_statement,
    row_number integer not null check (row_number > 1),
    post_id text not null,
    role text not null check (role in ('idva', 'senior_idva')),
    funder text not null,
    area text not null,
    borough_code text,
    setting text check (setting in ('police', 'hospital', 'court', 'community')),
    specialism text,
    fte numeric(8,4) not null check (fte > 0 and fte <= 1),
    first_day date not null,
    last_day date check (last_day >= first_day),
    primary key (statement_id, row_number),
    constraint roster_post_once unique (statement_id, post_id)
);

create table cms.roster_assignment (
    statement_id bigint not null references cms.roster_statement,
    row_number integer not null check (row_number > 1),
    post_id text not null,
    staff_number text not null,
    weekly_hours numeric(8,4) not null check (weekly_hours > 0),
    full_time_hours numeric(8,4) not null check (full_time_hours >= weekly_hours),
    first_day date not null,
    last_day date check (last_day >= first_day),
    kind text not null check (kind in ('substantive', 'cover', 'agency')),
    primary key (statement_id, row_number),
    foreign key (statement_id, post_id) references cms.roster_post (statement_id, post_id)
);

create table cms.roster_absence (
    statement_id bigint not null references cms.roster_statement,
    row_number integer not null check (row_number > 1),
    staff_number text not null,
    first_day date not null,
    last_day date check (last_day >= first_day),
    kind text not null check (kind in ('maternity', 'long_term_sick', 'secondment', 'unpaid')),
    counts boolean not null,
    primary key (statement_id, row_number)
);

create table ledger.sheet_finding (
    run text not null references ledger.run,
    place integer not null,
    sheet text not null,
    row_number integer not null,
    column_name text not null,
    rule text not null,
    also integer[] not null default '{}',
    primary key (run, place)
);
comment on table ledger.sheet_finding is 'What the checks found in a statement: sheet, row, column, rule, other rows. There is no room for a value.';

create function cms.keep_roster() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    raise exception 'a statement stays as it was received' using errcode = 'insufficient_privilege';
end $$;
create trigger statement_stays before update or delete on cms.roster_statement
    for each row execute function cms.keep_roster();
create trigger post_stays before update or delete on cms.roster_post for each row execute function cms.keep_roster();
create trigger assignment_stays before update or delete on cms.roster_assignment
    for each row execute function cms.keep_roster();
create trigger absence_stays before update or delete on cms.roster_absence
    for each row execute function cms.keep_roster();

revoke all on function cms.keep_roster() from public;
grant all on cms.roster_statement, cms.roster_post, cms.roster_assignment, cms.roster_absence, ledger.sheet_finding
    to lvws_owner;
grant select on cms.roster_statement, cms.roster_post, cms.roster_assignment, cms.roster_absence, ledger.sheet_finding
    to lvws_loader, lvws_operator, lvws_reader;
grant insert on cms.roster_statement, cms.roster_post, cms.roster_assignment, cms.roster_absence, ledger.sheet_finding
    to lvws_loader;
