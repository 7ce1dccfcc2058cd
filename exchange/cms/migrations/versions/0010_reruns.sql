-- A run that ended without a load can be taken up again; a load can be undone, and then be taken up again.
alter table ledger.run
    drop constraint run_state_check,
    add constraint run_state_check check (state in ('open', 'loaded', 'refused', 'stopped', 'repeat', 'undone')),
    drop constraint run_has_a_reason,
    add constraint run_has_a_reason check (state not in ('refused', 'stopped', 'undone') or code is not null),
    add column attempt integer not null default 0 check (attempt >= 0),
    add column quarantine_accepted_by text;

-- Each attempt answers its sender once; an answer that was not sent when the run was taken up again never is.
alter table ledger.outbox
    drop constraint outbox_once,
    drop constraint outbox_answers_are_not_replaced,
    add column attempt integer not null default 0,
    add constraint outbox_once unique (run, name, attempt);

-- What an ended run left behind about itself goes, so that the next attempt says it anew. Loaded rows it never touches.
create function ledger.reopen(of_run text) returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare
    now_at integer;
begin
    update ledger.run set attempt = attempt + 1, state = 'open', stage = 'fetch', code = null, detail = null,
                          ended_at = null
    where run = of_run and state in ('stopped', 'refused', 'undone')
    returning attempt into now_at;
    if not found then
        raise exception 'the run did not end without a load' using errcode = 'check_violation', constraint = 'run_can_be_reopened';
    end if;
    delete from ledger.finding where run = of_run;
    delete from ledger.sheet_finding where run = of_run;
    update ledger.outbox set replaced_at = now() where run = of_run and sent_at is null and replaced_at is null;
    return now_at;
end $$;
revoke all on function ledger.reopen(text) from public;
grant execute on function ledger.reopen(text) to lvws_owner, lvws_loader;
