-- Returns: every version of each, who approved it, what of it went out, and what came back. What was approved stays as it is.

create table ledger.return_version (
    version_id bigint generated always as identity primary key,
    return_name text not null check (return_name ~ '^[a-z]{1,16}$'),
    period text not null check (period ~ '^[0-9]{4}-([0-9]{2}|[0-9]{2}Q[1-4])$'),
    version integer not null check (version >= 1),
    state text not null default 'draft' check (state in ('draft', 'approved', 'delivered', 'receipted', 'superseded')),
    -- Nobody else gets a return (hazards F65): see outbox_returns_go_to_their_receiver too.
    receiver text not null default 'mopac' check (receiver = 'mopac'),
    cut_off timestamptz not null,
    as_known_at timestamptz not null,
    format_version text not null,
    rule_version text not null,
    mapping_version text not null,
    rows jsonb not null check (jsonb_typeof(rows) = 'object'),
    files jsonb not null check (jsonb_typeof(files) = 'array' and jsonb_array_length(files) > 0),
    figures_sha256 text not null check (figures_sha256 ~ '^[0-9a-f]{64}$'),
    trace_sha256 text not null check (trace_sha256 ~ '^[0-9a-f]{64}$'),
    records_sha256 text not null check (records_sha256 ~ '^[0-9a-f]{64}$'),
    built_by text not null check (built_by <> ''),
    built_at timestamptz not null,
    approved_at timestamptz,
    delivered_at timestamptz,
    receipted_at timestamptz,
    receipt text,
    superseded_at timestamptz,
    constraint return_version_once unique (return_name, period, version),
    constraint return_state_has_its_time check (case state
        when 'draft' then num_nonnulls(approved_at, delivered_at, receipted_at, superseded_at) = 0
        when 'approved' then approved_at is not null and num_nonnulls(delivered_at, receipted_at, superseded_at) = 0
        when 'delivered' then delivered_at is not null and num_nonnulls(receipted_at, superseded_at) = 0
        when 'receipted' then receipted_at is not null and superseded_at is null
        else superseded_at is not null end),
    constraint return_delivered_was_approved check (delivered_at is null or approved_at is not null),
    constraint return_received_was_delivered check (receipted_at is null or delivered_at is not null),
    constraint return_received_by_a_receipt check ((receipted_at is null) = (receipt is null))
);
create unique index return_one_draft on ledger.return_version (return_name, period) where state = 'draft';
create unique index return_one_approved on ledger.return_version (return_name, period) where state = 'approved';
create unique index return_one_in_force on ledger.return_version (return_name, period)
    where state in ('delivered', 'receipted');
comment on table ledger.return_version is
    'Every version of a return: what it was made from, the files that are sent with their SHA-256, its manifest, and how far it came.';

create table ledger.return_approval (
    version_id bigint primary key references ledger.return_version,
    document text not null,
    operator text not null,
    key_id text not null check (key_id ~ '^[0-9a-f]{64}$'),
    signature bytea not null check (length(signature) = 64),
    manifest text not null,
    manifest_signature bytea not null check (length(manifest_signature) = 64),
    signed_with text not null check (signed_with ~ '^[0-9a-f]{64}$')
);
comment on table ledger.return_approval is
    'Who approved a version: the document that says so with their signature, and the manifest with the service''s.';

-- --- what never changes ----------------------------------------------------------------------------------------------

create function ledger.keep_return_version() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'a version of a return stays' using errcode = 'insufficient_privilege';
    end if;
    if (new.version_id, new.return_name, new.period, new.version, new.receiver)
           is distinct from (old.version_id, old.return_name, old.period, old.version, old.receiver)
       or old.state <> 'draft' and (new.cut_off, new.as_known_at, new.format_version, new.rule_version,
               new.mapping_version, new.rows, new.files, new.figures_sha256, new.trace_sha256, new.records_sha256,
               new.built_by, new.built_at)
           is distinct from (old.cut_off, old.as_known_at, old.format_version, old.rule_version,
               old.mapping_version, old.rows, old.files, old.figures_sha256, old.trace_sha256, old.records_sha256,
               old.built_by, old.built_at)
       or old.approved_at is not null and new.approved_at is distinct from old.approved_at
       or old.delivered_at is not null and new.delivered_at is distinct from old.delivered_at
       or old.receipted_at is not null
           and (new.receipted_at, new.receipt) is distinct from (old.receipted_at, old.receipt) then
        raise exception 'a version that was approved stays as it is'
            using errcode = 'check_violation', constraint = 'return_version_stays';
    end if;
    if new.state <> old.state and not (case old.state
            when 'draft' then new.state in ('approved', 'superseded')
            when 'approved' then new.state in ('delivered', 'superseded')
            when 'delivered' then new.state in ('receipted', 'superseded')
            when 'receipted' then new.state = 'superseded'
            else new.state = 'draft' and old.approved_at is null end) then  -- a draft that was set aside
        raise exception 'a return does not go from one of these states to the other'
            using errcode = 'check_violation', constraint = 'return_state_follows';
    end if;
    return new;
end $$;
create trigger return_version_stays before update or delete on ledger.return_version
    for each row execute function ledger.keep_return_version();
create trigger return_approval_stays before update or delete on ledger.return_approval
    for each row execute function ledger.refuse_change();

-- --- states ----------------------------------------------------------------------------------------------------------

create function ledger.lock_return(of_return text, of_period text) returns void
language sql set search_path = pg_catalog as $$
    select pg_advisory_xact_lock(hashtextextended('lvws return ' || of_return || ' ' || of_period, 0))
$$;

-- The one writer of states. An approval goes through ledger.approve_return; a delivery replaces what was delivered before.
create function ledger.set_return_state(of_version bigint, new_state text, by_whom text, its_time timestamptz,
                                        its_receipt text default null)
returns void language plpgsql security definer set search_path = pg_catalog as $$
declare
    found ledger.return_version;
    earlier bigint;
begin
    select * into found from ledger.return_version v where v.version_id = of_version for update;
    if new_state = 'approved' and not exists (select from ledger.return_approval a where a.version_id = of_version) then
        raise exception 'nobody approved it' using errcode = 'check_violation', constraint = 'return_is_approved';
    elsif new_state = 'delivered' then
        if (select count(*) from ledger.outbox o where o.version_id = of_version and o.sent_at is not null)
                <> jsonb_array_length(found.files) + 2 then
            raise exception 'not all of it was sent' using errcode = 'check_violation', constraint = 'return_is_sent';
        end if;
        for earlier in select v.version_id from ledger.return_version v
                       where v.return_name = found.return_name and v.period = found.period
                         and v.state in ('delivered', 'receipted') and v.version < found.version loop
            perform ledger.set_return_state(earlier, 'superseded', by_whom, its_time);
        end loop;
    end if;
    -- A receipt that comes after the next version was delivered is noted, and changes no state.
    update ledger.return_version v set
        state = case when new_state = 'receipted' and v.state = 'superseded' then v.state else new_state end,
        approved_at = case when new_state = 'approved' then its_time else v.approved_at end,
        delivered_at = case when new_state = 'delivered' then its_time else v.delivered_at end,
        receipted_at = case when new_state = 'receipted' then its_time else v.receipted_at end,
        receipt = case when new_state = 'receipted' then its_receipt else v.receipt end,
        superseded_at = case new_state when 'superseded' then its_time when 'draft' then null else v.superseded_at end
    where v.version_id = of_version;
    insert into ledger.audit (who, what, detail)
    values (by_whom, 'return ' || new_state,
            jsonb_build_object('return', found.return_name, 'period', found.period, 'version', found.version));
end $$;

-- What the operator signed is the document: {"what": "approve_return", "return", "period", "version",
-- "manifest_sha256", "at"}. The manifest has to say of the version what its row says.
create function ledger.approve_return(document text, operator text, key_id text, signature bytea,
                                      manifest text, manifest_signature bytea, signed_with text)
returns void language plpgsql security definer set search_path = pg_catalog as $$
declare
    asked jsonb := document::jsonb;
    told jsonb := manifest::jsonb;
    found ledger.return_version;
    earlier ledger.return_version;
begin
    perform ledger.lock_return(asked ->> 'return', asked ->> 'period');
    select * into found from ledger.return_version v
    where v.return_name = asked ->> 'return' and v.period = asked ->> 'period'
      and v.version = (asked ->> 'version')::integer for update;
    if found.version_id is null then
        raise exception 'no such version' using errcode = 'no_data_found', constraint = 'return_is_known';
    elsif found.state <> 'draft' then
        raise exception 'it is no draft' using errcode = 'check_violation', constraint = 'return_is_a_draft';
    elsif split_part(found.built_by, '@', 1) = operator then
        raise exception 'who built it does not approve it'
            using errcode = 'check_violation', constraint = 'return_takes_two';
    elsif asked ->> 'what' is distinct from 'approve_return'
       or asked ->> 'manifest_sha256' is distinct from encode(sha256(convert_to(manifest, 'UTF8')), 'hex')
       or (told ->> 'return', told ->> 'period', (told ->> 'version')::integer, told ->> 'receiver', told -> 'files',
           told -> 'rows', (told ->> 'cut_off')::timestamptz, (told ->> 'as_known_at')::timestamptz,
           (told ->> 'built_at')::timestamptz, told ->> 'built_by', told ->> 'format_version',
           told ->> 'rule_version', told ->> 'mapping_version', told ->> 'trace_sha256', told ->> 'approved_by',
           (told ->> 'approved_at')::timestamptz, told ->> 'signed_with', told ->> 'previous_manifest_sha256')
          is distinct from
          (found.return_name, found.period, found.version, found.receiver, found.files,
           found.rows, found.cut_off, found.as_known_at,
           found.built_at, found.built_by, found.format_version,
           found.rule_version, found.mapping_version, found.trace_sha256, operator,
           (asked ->> 'at')::timestamptz, signed_with,
           (select encode(sha256(convert_to(a.manifest, 'UTF8')), 'hex')
            from ledger.return_version v join ledger.return_approval a using (version_id)
            where v.return_name = found.return_name and v.period = found.period and v.version < found.version
              and v.delivered_at is not null
            order by v.version desc limit 1)) then
        raise exception 'the manifest is of something else'
            using errcode = 'check_violation', constraint = 'return_manifest_fits';
    end if;
    select * into earlier from ledger.return_version v
    where v.return_name = found.return_name and v.period = found.period and v.state = 'approved' for update;
    if earlier.version_id is not null then
        if exists (select from ledger.outbox o where o.version_id = earlier.version_id) then
            raise exception 'an earlier version is on its way'
                using errcode = 'check_violation', constraint = 'return_earlier_is_out';
        end if;
        perform ledger.set_return_state(earlier.version_id, 'superseded', operator, (asked ->> 'at')::timestamptz);
    end if;
    insert into ledger.return_approval (version_id, document, operator, key_id, signature, manifest, manifest_signature,
                                        signed_with)
    values (found.version_id, document, operator, key_id, signature, manifest, manifest_signature, signed_with);
    perform ledger.set_return_state(found.version_id, 'approved', operator, (asked ->> 'at')::timestamptz);
end $$;

-- --- what goes out ---------------------------------------------------------------------------------------------------

-- Nothing but the bytes of an approved version can be queued for the receiver of returns, and those for nobody else.
alter table ledger.outbox
    add column version_id bigint references ledger.return_version,
    add constraint outbox_returns_go_to_their_receiver check ((version_id is not null) = (source = 'mopac')),
    add constraint outbox_returns_have_no_run check (version_id is null or run is null);
create index outbox_version on ledger.outbox (version_id) where version_id is not null;

create function ledger.check_return_in_outbox() returns trigger language plpgsql set search_path = pg_catalog as $$
declare
    found ledger.return_version;
    approved ledger.return_approval;
begin
    select * into found from ledger.return_version v where v.version_id = new.version_id;
    select * into approved from ledger.return_approval a where a.version_id = new.version_id;
    if found.state is distinct from 'approved' or new.source <> found.receiver
       or not starts_with(new.name, format('%s-%s-v%s.', found.return_name, found.period, found.version))
       or not (exists (select from jsonb_array_elements(found.files) f
                       where f ->> 'sha256' = encode(sha256(new.body), 'hex'))
               or new.body = convert_to(approved.manifest, 'UTF8') or new.body = approved.manifest_signature) then
        raise exception 'these are not the bytes of an approved version'
            using errcode = 'check_violation', constraint = 'outbox_holds_what_was_approved';
    end if;
    return new;
end $$;
create trigger outbox_holds_what_was_approved before insert or update of source, name, body, version_id on ledger.outbox
    for each row when (new.version_id is not null) execute function ledger.check_return_in_outbox();

-- --- who may ---------------------------------------------------------------------------------------------------------

revoke all on function ledger.keep_return_version(), ledger.lock_return(text, text),
    ledger.set_return_state(bigint, text, text, timestamptz, text),
    ledger.approve_return(text, text, text, bytea, text, bytea, text), ledger.check_return_in_outbox() from public;
grant execute on function ledger.lock_return(text, text) to lvws_owner, lvws_loader, lvws_operator;
grant execute on function ledger.set_return_state(bigint, text, text, timestamptz, text) to lvws_loader;
grant execute on function ledger.approve_return(text, text, text, bytea, text, bytea, text) to lvws_operator;
grant all on ledger.return_version, ledger.return_approval to lvws_owner;
grant select on ledger.return_version, ledger.return_approval to lvws_loader, lvws_operator, lvws_reader;
grant insert (return_name, period, version, cut_off, as_known_at, format_version, rule_version, mapping_version, rows,
    files, figures_sha256, trace_sha256, records_sha256, built_by, built_at) on ledger.return_version to lvws_loader;
grant update (cut_off, as_known_at, format_version, rule_version, mapping_version, rows, files, figures_sha256,
    trace_sha256, records_sha256, built_by, built_at) on ledger.return_version to lvws_loader;
