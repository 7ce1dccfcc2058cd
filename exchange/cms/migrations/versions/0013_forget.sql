create table ledger.forgotten (
    source text not null,
    referral_key text not null,
    at timestamptz not null default now(),
    by_whom text not null,
    primary key (source, referral_key)
);
comment on table ledger.forgotten is 'Referrals that were erased. A backup that is older is restored without them.';

-- Erases a referral with everything about it: records, contact, steps, casework, links, history. What its files said lies
-- in the vault until their period ends. The ledger's counts stay; its lines lose the key. For the owner alone.
create function cms.forget(of_source text, key text, by_whom text) returns boolean
language plpgsql set search_path = pg_catalog as $$
declare
    gone bigint := (select r.referral_id from cms.referral r where r.source = of_source and r.referral_key = key);
begin
    insert into ledger.forgotten (source, referral_key, by_whom) values (of_source, key, by_whom)
    on conflict do nothing;
    update cms.matching m set done_at = null, queued_at = now()
    where m.referral_id in (select t.other from cms.tie t where t.referral_id = gone);
    update cms.referral r set one_crime = null where r.one_crime = gone;
    delete from cms.same_crime s where gone in (s.left_id, s.right_id);
    delete from cms.link l where gone in (l.left_id, l.right_id);
    delete from cms.match_judgement j where gone in (j.left_id, j.right_id);
    delete from cms.pair p where gone in (p.left_id, p.right_id);
    delete from cms.match_key k where k.referral_id = gone;
    delete from cms.matching m where m.referral_id = gone;
    delete from cms.proposal p where p.referral_id = gone;
    delete from cms.onward o where o.referral_id = gone;
    delete from cms.turned_back t where t.referral_id = gone;
    delete from cms.safe_contact s where s.referral_id = gone;
    delete from cms.staff_value v where v.referral_id = gone;
    delete from cms.hold h where h.referral_id = gone;
    delete from cms.not_passable_answer a where a.source = of_source and a.referral_key = key;
    delete from cms.match_judgement j using cms.step s
    where j.step_id = s.step_id and s.source = of_source and s.referral_key = key;
    delete from cms.step_signature g using cms.step s
    where g.step_id = s.step_id and s.source = of_source and s.referral_key = key;
    delete from cms.step s where s.source = of_source and s.referral_key = key;
    delete from cms.event_record e where e.referral_source = of_source and e.referral_key = key;
    delete from cms.event e where e.referral_source = of_source and e.referral_key = key;
    delete from cms.event_before e where e.referral_source = of_source and e.referral_key = key;
    delete from cms.record c where c.source = of_source and c.referral_key = key;
    delete from cms.not_held h where h.source = of_source and h.referral_key = key;
    delete from cms.reported_before b where b.source = of_source and b.referral_key = key;
    update ledger.disposition d set referral_key = null
    from ledger.run n where n.run = d.run and n.source = of_source and d.referral_key = key;
    delete from ledger.reject_row w using ledger.reject j
    where w.reject_id = j.reject_id and j.source = of_source and j.referral_key = key;
    delete from ledger.reject j where j.source = of_source and j.referral_key = key;
    delete from cms.referral r where r.referral_id = gone;
    return gone is not null;
end $$;
revoke all on function cms.forget(text, text, text) from public;
grant all on ledger.forgotten to lvws_owner;
grant select on ledger.forgotten to lvws_loader, lvws_operator, lvws_reader;
grant execute on function cms.forget(text, text, text) to lvws_owner;
