-- Inputs: what staff give because no feed can tell it (lvws inputs import). Every version stays, so that a return knows
-- what was known at its moment; which keys there are is outputs/definitions/inputs.csv.

create table cms.input (
    input_id bigint generated always as identity primary key,
    key text not null check (key <> ''),
    period text not null check (period ~ '^[0-9]{4}-([0-9]{2}|[0-9]{2}Q[1-4])$'),
    -- Null: what stood here was taken back.
    value text check (value <> ''),
    note text not null default '',
    file text not null check (file <> ''),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    given_by text not null check (given_by <> ''),
    given_at timestamptz not null
);
create index input_by_key on cms.input (key, period, given_at);

-- The newest version of each input that was known at a moment; one that was taken back by then is not there.
create function cms.inputs_at(moment timestamptz) returns setof cms.input
language sql stable
begin atomic
    select newest.* from (
        select distinct on (i.key, i.period) i.* from cms.input i where i.given_at <= moment
        order by i.key, i.period, i.given_at desc, i.input_id desc) newest
    where newest.value is not null;
end;

create function cms.keep_input() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    raise exception 'an input stays as it was given' using errcode = 'insufficient_privilege';
end $$;
create trigger input_stays before update or delete on cms.input for each row execute function cms.keep_input();

revoke all on all functions in schema cms from public;
grant execute on function cms.inputs_at(timestamptz) to lvws_owner, lvws_loader, lvws_operator, lvws_reader;
grant all on cms.input to lvws_owner;
grant select on cms.input to lvws_loader, lvws_operator, lvws_reader;
grant insert on cms.input to lvws_operator;
