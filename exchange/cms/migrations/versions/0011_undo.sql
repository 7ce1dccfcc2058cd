-- A load that was taken back. `ended_at` stays the time of the load: what was known at a moment before still is.
alter table ledger.run
    add column undone_at timestamptz,
    add column undone_by text,
    add constraint run_undone_by_somebody check ((undone_at is null) = (undone_by is null)),
    add constraint run_is_undone check (state <> 'undone' or undone_at is not null);

-- What a load has to do with: referrals that have a record of it, or rows of it that may not be held.
-- gone: nothing but this load told of it, and nobody has worked on it. kept: the same, and somebody has, by a signed step
-- or in casework. changed: other loads told of it too.
create function cms.told_by(of_run text)
returns table (referral_id bigint, referral_key text, what text, received_on date)
language sql stable set search_path = pg_catalog as $$
    with mine as (
        select r.* from cms.referral r join ledger.run n on n.run = of_run and n.source = r.source
        where r.single and r.made_by = of_run
           or not r.single and r.referral_key in (
                select c.referral_key from cms.record c where c.run = of_run
                union select h.referral_key from cms.not_held h where h.run = of_run)
    )
    select m.referral_id, m.referral_key,
           case when not m.single and exists (
                    select from cms.record c
                    where c.referral_key = m.referral_key and c.source = m.source and c.run <> of_run) then 'changed'
                when exists (select from cms.step s where s.referral_id = m.referral_id and s.state <> 'refused')
                  or exists (select from cms.staff_value v where v.referral_id = m.referral_id)
                  or exists (select from cms.activity a where a.referral_id = m.referral_id)
                  or exists (select from cms.match_judgement j where m.referral_id in (j.left_id, j.right_id))
                  or exists (select from cms.onward_state o where o.referral_id = m.referral_id
                             and o.state <> 'taken_back') then 'kept'
                else 'gone' end,
           m.received_on
    from mine m
$$;

create type cms.taken_out as (referral_id bigint, referral_key text, what text, received_on date);

-- Takes a load's rows out, for whoever folds what is left (exchange.operating.undo): returns what told_by said before.
create function cms.take_out(of_run text, by_whom text)
returns table (referral_id bigint, referral_key text, what text, received_on date)
language plpgsql security definer set search_path = pg_catalog as $$
declare
    taken ledger.run;
    told cms.taken_out[];
    gone bigint[];
    keys text[];
    stay text[];
begin
    select * into taken from ledger.run r where r.run = of_run for update;
    if taken.state is distinct from 'loaded' then
        raise exception 'only a load is taken back' using errcode = 'check_violation', constraint = 'run_is_loaded';
    end if;
    select array_agg(row(t.referral_id, t.referral_key, t.what, t.received_on)::cms.taken_out) into told
    from cms.told_by(of_run) t;
    select array_agg(t.referral_id) filter (where t.what = 'gone'),
           array_agg(t.referral_key) filter (where t.what = 'changed'),
           array_agg(t.referral_key) filter (where t.what = 'kept')
      into gone, keys, stay from unnest(told) t;

    -- Who may have been one person with somebody that goes is compared again.
    update cms.matching m set done_at = null, queued_at = now()
    where m.referral_id in (
        select case when p.left_id = any(gone) then p.right_id else p.left_id end from cms.pair p
        where p.left_id = any(gone) or p.right_id = any(gone)
        union select case when l.left_id = any(gone) then l.right_id else l.left_id end from cms.link l
        where l.left_id = any(gone) or l.right_id = any(gone)
        union select r.referral_id from cms.referral r where r.source = taken.source and r.referral_key = any(keys));
    update cms.referral r set one_crime = null where r.one_crime = any(gone);
    delete from cms.same_crime s where s.left_id = any(gone) or s.right_id = any(gone);
    delete from cms.link l where l.left_id = any(gone) or l.right_id = any(gone);
    delete from cms.pair p where p.left_id = any(gone) or p.right_id = any(gone);
    delete from cms.match_key k where k.referral_id = any(gone);
    delete from cms.matching m where m.referral_id = any(gone);
    delete from cms.hold h where h.referral_id = any(gone);
    delete from cms.proposal p where p.referral_id = any(gone);
    delete from cms.safe_contact s where s.referral_id = any(gone);
    delete from cms.onward o where o.referral_id = any(gone);
    update cms.step s set referral_id = null where s.referral_id = any(gone);  -- refused ones: nothing was done
    insert into cms.reported_before select r.*, clock_timestamp() from cms.reported r where r.referral_id = any(gone);
    delete from cms.referral r where r.referral_id = any(gone);

    delete from cms.record c where c.run = of_run and c.referral_key <> all(coalesce(stay, '{}'));
    delete from cms.not_held h where h.run = of_run and h.referral_key <> all(coalesce(stay, '{}'));
    update cms.hold h set over_at = null, over_by = null
    from cms.referral r
    where r.source = taken.source and r.referral_key = any(keys) and h.referral_id = r.referral_id
      and h.over_by = of_run and not exists (
        select from cms.hold o where o.referral_id = h.referral_id and o.reason = h.reason and o.over_at is null);
    delete from cms.hold h using cms.referral r
    where r.source = taken.source and r.referral_key = any(keys) and h.referral_id = r.referral_id
      and h.opened_by = of_run and h.released_by is null;
    delete from cms.proposal p using cms.referral r
    where r.source = taken.source and r.referral_key = any(keys) and p.referral_id = r.referral_id
      and p.run = of_run and p.step_id is null;
    -- What no person set of contact is worked out again from what is left, as it came.
    delete from cms.safe_contact s using cms.referral r
    where r.source = taken.source and r.referral_key = any(keys) and s.referral_id = r.referral_id and s.set_at is null;
    insert into cms.safe_contact (referral_id, safe_to_contact, preferred_contact, phone, other_phone, email, address,
                                  postcode, note, seeded_by)
    select r.referral_id, f.safe_to_contact, f.preferred_contact, f.phone, f.other_phone, f.email, f.address,
           f.postcode, f.note, f.seeded_by
    from cms.referral r cross join lateral cms.first_told(r.source, r.referral_key) f
    where r.source = taken.source and r.referral_key = any(keys) and f.records > 1
    on conflict do nothing;

    insert into cms.event_before
    select e.*, clock_timestamp() from cms.told_event e join cms.event v using (event_id)
    where v.single and v.made_by = of_run;
    delete from cms.event e where e.single and e.made_by = of_run;
    insert into cms.event_before
    select e.*, clock_timestamp() from cms.told_event e join cms.event v using (event_id)
    where not v.single and v.event_id in (select c.event_id from cms.event_record c where c.run = of_run)
      and not exists (select from cms.event_record c where c.event_id = v.event_id and c.run <> of_run);
    delete from cms.event e
    where not e.single and e.event_id in (select c.event_id from cms.event_record c where c.run = of_run)
      and not exists (select from cms.event_record c where c.event_id = e.event_id and c.run <> of_run);
    delete from cms.event_record c where c.run = of_run;

    delete from ledger.disposition d where d.run = of_run;
    delete from ledger.reject_row w where w.run = of_run;
    delete from ledger.reject j where j.source = taken.source and of_run in (j.first_run, j.last_run)
        and not exists (select from ledger.reject_row w where w.reject_id = j.reject_id);
    update ledger.reject j set times = greatest(j.times - 1, 1),
        (first_run, first_line) = (
            select w.run, w.line from ledger.reject_row w join ledger.run n using (run)
            where w.reject_id = j.reject_id order by n.ended_at, w.line limit 1),
        (last_run, last_file_order, last_line, code) = (
            select w.run, n.file_order, w.line, w.code from ledger.reject_row w join ledger.run n using (run)
            where w.reject_id = j.reject_id order by n.file_order desc, w.line desc limit 1)
    where j.source = taken.source and of_run in (j.first_run, j.last_run);
    update ledger.reject j set mended_at = null, mended_by = null
    where j.mended_by = of_run and not exists (
        select from ledger.reject o where o.source = j.source and o.referral_key = j.referral_key and o.kind = j.kind
        and o.mended_at is null) and not exists (
        select from cms.every_record e where e.source = j.source and e.referral_key = j.referral_key
        and (j.kind = 'excluded' or (e.file_order, e.line) > (j.last_file_order, j.last_line)));
    update ledger.outbox o set replaced_at = now()
    where o.run = of_run and o.sent_at is null and o.replaced_at is null;
    update ledger.run r
    set state = 'undone', code = 'undone', undone_at = clock_timestamp(), undone_by = by_whom, rows = 0, created = 0,
        updated = 0, withdrawn = 0, duplicate = 0, quarantined = 0, excluded = 0, waiting = 0
    where r.run = of_run;
    return query select t.referral_id, t.referral_key, t.what, t.received_on from unnest(told) t;
end $$;

-- What the records of a referral gave for contact: of each detail the first that came, as loads seed it.
create function cms.first_told(of_source text, key text)
returns table (records bigint, safe_to_contact text, preferred_contact text, phone text, other_phone text, email text,
               address text, postcode text, note text, seeded_by text)
language sql stable set search_path = pg_catalog as $$
    with told as (
        select c.*, n.ended_at,
               nullif(concat_ws(E'\n', c.address_1, c.address_2, c.address_3, c.address_4, c.town), '') as address
        from cms.record c join ledger.run n using (run)
        where c.source = of_source and c.referral_key = key
    )
    select count(*),
           (array_agg(t.safe_to_contact order by t.ended_at, t.line desc) filter (where t.safe_to_contact is not null))[1],
           (array_agg(t.preferred_contact order by t.ended_at, t.line desc) filter (where t.preferred_contact is not null))[1],
           (array_agg(t.phone_e164 order by t.ended_at, t.line desc) filter (where t.phone_e164 is not null))[1],
           (array_agg(t.other_phone_e164 order by t.ended_at, t.line desc) filter (where t.other_phone_e164 is not null))[1],
           (array_agg(t.email order by t.ended_at, t.line desc) filter (where t.email_usable))[1],
           (array_agg(t.address order by t.ended_at, t.line desc) filter (where t.address is not null))[1],
           coalesce((array_agg(case when t.postcode_usable then t.postcode end order by t.ended_at, t.line desc)
                        filter (where t.address is not null))[1],
                    (array_agg(t.postcode order by t.ended_at, t.line desc)
                        filter (where t.postcode_usable and t.address is null))[1]),
           (array_agg(t.safe_contact_note order by t.ended_at, t.line desc) filter (where t.safe_contact_note is not null))[1],
           (array_agg(t.run order by t.ended_at desc))[1]
    from told t
$$;

-- After the fold: who made a referral and changed it last, of those loads that are left; one record is the referral.
create function cms.settle_records(of_source text, keys text[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
    update cms.referral r
    set made_by = m.made_by, changed_by = m.changed_by, single = m.records = 1, first_line = m.line,
        first_file_order = m.file_order, first_record_type = m.record_type, first_opens = m.opens
    from (
        select c.referral_key, count(*) as records,
               (array_agg(c.run order by n.ended_at, c.line))[1] as made_by,
               (array_agg(c.run order by n.ended_at desc, c.line desc))[1] as changed_by,
               (array_agg(c.line order by c.file_order, c.line))[1] as line,
               (array_agg(c.file_order order by c.file_order, c.line))[1] as file_order,
               (array_agg(c.record_type order by c.file_order, c.line))[1] as record_type,
               (array_agg(c.opens order by c.file_order, c.line))[1] as opens
        from cms.record c join ledger.run n using (run)
        where c.source = of_source and c.referral_key = any(keys) group by c.referral_key) m
    where r.source = of_source and r.referral_key = m.referral_key;
    delete from cms.record c using cms.referral r
    where r.source = of_source and r.referral_key = any(keys) and r.single
      and c.source = r.source and c.referral_key = r.referral_key;
end $$;

create function cms.settle_events(events text[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
begin
    update cms.event e
    set made_by = m.made_by, changed_by = m.changed_by, single = m.records = 1, first_line = m.line,
        first_file_order = m.file_order
    from (
        select c.event_id, count(*) as records,
               (array_agg(c.run order by n.ended_at, c.line))[1] as made_by,
               (array_agg(c.run order by n.ended_at desc, c.line desc))[1] as changed_by,
               (array_agg(c.line order by c.file_order, c.line))[1] as line,
               (array_agg(c.file_order order by c.file_order, c.line))[1] as file_order
        from cms.event_record c join ledger.run n using (run)
        where c.event_id = any(events) group by c.event_id) m
    where e.event_id = m.event_id;
    delete from cms.event_record c using cms.event e where e.event_id = any(events) and e.single and c.event_id = e.event_id;
end $$;

revoke all on function cms.told_by(text), cms.take_out(text, text), cms.first_told(text, text),
    cms.settle_records(text, text[]), cms.settle_events(text[]) from public;
grant execute on function cms.told_by(text) to lvws_owner, lvws_loader, lvws_operator, lvws_reader;
grant execute on function cms.take_out(text, text), cms.settle_records(text, text[]), cms.settle_events(text[])
    to lvws_owner, lvws_loader;
