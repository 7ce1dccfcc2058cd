-- Who is who: match keys, pairs of referrals that may be one person, links between them, and what staff judged.

-- Which referrals have to be compared: all that a load made or changed, until it is done.
create table cms.matching (
    referral_id bigint primary key references cms.referral,
    queued_at timestamptz not null default now(),
    done_at timestamptz,
    identity text check (identity in ('matched', 'new', 'not_linkable')),
    model_version text,
    secret text,
    constraint matching_done_has_an_identity check (done_at is null or identity is not null)
);
create index matching_waiting on cms.matching (referral_id) where done_at is null;
insert into cms.matching (referral_id) select referral_id from cms.referral;

create table cms.match_key (
    kind smallint not null,
    key bigint not null,
    referral_id bigint not null,
    primary key (kind, key, referral_id)
);
create table cms.crowded_key (
    kind smallint not null,
    key bigint not null,
    noted_at timestamptz not null default now(),
    primary key (kind, key)
);

create table cms.pair (
    left_id bigint not null references cms.referral,
    right_id bigint not null references cms.referral,
    weight double precision not null,
    decision text not null check (decision in ('automatic', 'review', 'apart')),
    vetoed boolean not null,
    changes_safe_contact boolean not null,
    reasons text[] not null,
    group_reason text,
    model_version text not null,
    found_at timestamptz not null default now(),
    primary key (left_id, right_id),
    constraint pair_in_order check (left_id < right_id)
);
create index pair_right on cms.pair (right_id);
create index pair_review on cms.pair (found_at) where decision = 'review' or group_reason is not null;

create table cms.match_judgement (
    left_id bigint not null references cms.referral,
    right_id bigint not null references cms.referral,
    same boolean not null,
    step_id bigint not null references cms.step,
    at timestamptz not null default now(),
    over_at timestamptz,
    constraint match_judgement_in_order check (left_id < right_id)
);
create unique index match_judgement_once on cms.match_judgement (left_id, right_id) where over_at is null;
create index match_judgement_right on cms.match_judgement (right_id) where over_at is null;

-- A link is an event with a beginning and perhaps an end; nothing is ever merged.
create table cms.link (
    link_id bigint generated always as identity primary key,
    left_id bigint not null references cms.referral,
    right_id bigint not null references cms.referral,
    how text not null check (how in ('automatic', 'judged')),
    weight double precision,
    model_version text,
    reasons text[] not null,
    linked_at timestamptz not null default now(),
    unlinked_at timestamptz,
    unlinked_because text,
    constraint link_in_order check (left_id < right_id),
    constraint link_ends_for_a_reason check ((unlinked_at is null) = (unlinked_because is null))
);
create unique index link_once on cms.link (left_id, right_id) where unlinked_at is null;
create index link_right on cms.link (right_id) where unlinked_at is null;

-- The person that a referral was before anything was linked to it; null while it has never been linked.
alter table cms.referral
    add column own_person bigint,
    add column persistently_targeted boolean not null default false;

create table cms.same_crime (
    left_id bigint not null references cms.referral,
    right_id bigint not null references cms.referral,
    reasons text[] not null,
    found_at timestamptz not null default now(),
    over_at timestamptz,
    constraint same_crime_in_order check (left_id < right_id)
);
create unique index same_crime_once on cms.same_crime (left_id, right_id) where over_at is null;
create index same_crime_right on cms.same_crime (right_id) where over_at is null;

-- Referrals that are one crime told by two feeds have the number of the first of them.
create view cms.crime as
    select r.referral_id, r.person_id, r.source, r.referral_key, r.received_on, r.offence_from, r.crime_category,
           least(r.referral_id, s.other) as crime_id
    from cms.referral r
    left join lateral (
        select min(least(c.left_id, c.right_id)) as other from cms.same_crime c
        where (c.left_id = r.referral_id or c.right_id = r.referral_id) and c.over_at is null) s on true
    where r.incident_kind = 'crime' and r.channel <> 'witness';

-- Who hangs together with whom, from either side: pairs that are sure, judgements that they are one, links until now;
-- and pairs that a doubtful group kept from being linked, whose others have to hear of it when one of it changes.
create view cms.tie as
    select left_id as referral_id, right_id as other from cms.pair where decision = 'automatic' or group_reason is not null
    union all
    select right_id, left_id from cms.pair where decision = 'automatic' or group_reason is not null
    union all
    select left_id, right_id from cms.match_judgement where same and over_at is null
    union all
    select right_id, left_id from cms.match_judgement where same and over_at is null
    union all
    select left_id, right_id from cms.link where unlinked_at is null
    union all
    select right_id, left_id from cms.link where unlinked_at is null;

-- Whether a judgement could change how somebody may be contacted, or is about somebody at high risk: then two people
-- judge. `unsafe`: contact with the person is not safe, by what staff say or else the feed. Persons of whom one alone is
-- unsafe must not be joined by one signature, nor one that is unsafe be taken apart by one.
create function cms.is_safety_pair(one bigint, other bigint) returns boolean
language sql stable security definer set search_path = pg_catalog as $$
    with side as (
        select r.referral_id, r.person_id, cms.is_high_risk(r.person_id) as high_risk, exists (
                   select from cms.referral o left join cms.safe_contact t using (referral_id)
                   where o.person_id = r.person_id
                     and case when t.referral_id is null then o.safe_to_contact else t.safe_to_contact end = 'N') as unsafe
        from cms.referral r where r.referral_id in (one, other)
    )
    select bool_or(a.high_risk)
        or bool_or(a.unsafe) and (count(distinct a.person_id) = 1 or not bool_and(a.unsafe))
        or exists (select from cms.pair p where p.left_id = least(one, other) and p.right_id = greatest(one, other)
                   and p.changes_safe_contact)
    from side a
$$;

-- What people have to look at: pairs in the middle, and sure ones of a group that is not. None that was judged, unless
-- judgements contradict each other: one and two are one person, two and three are, one and three are not.
create view cms.review as
    select p.left_id, p.right_id, p.weight, p.decision, p.changes_safe_contact, p.reasons, p.group_reason,
           p.model_version, p.found_at, a.source as left_source, a.referral_key as left_key,
           b.source as right_source, b.referral_key as right_key,
           cms.is_safety_pair(p.left_id, p.right_id) as two_people
    from cms.pair p
    join cms.referral a on a.referral_id = p.left_id
    join cms.referral b on b.referral_id = p.right_id
    where (p.decision = 'review' or p.group_reason is not null) and not exists (
        select from cms.match_judgement j
        where j.left_id = p.left_id and j.right_id = p.right_id and j.over_at is null
          and not (j.same and p.group_reason is not null));

-- Repeat victims (returns: repeat_victims): each person's crimes within twelve months before another one of theirs.
create view cms.repeat_victim as
    select c.person_id, c.referral_id, c.crime_id, c.offence_from,
           exists (select from cms.crime o where o.person_id = c.person_id and o.crime_id <> c.crime_id
                   and o.offence_from between c.offence_from - interval '12 months' and c.offence_from) as any_crime_12m,
           exists (select from cms.crime o where o.person_id = c.person_id and o.crime_id <> c.crime_id
                   and o.crime_category = c.crime_category
                   and o.offence_from between c.offence_from - interval '12 months' and c.offence_from) as same_crime_12m,
           r.persistently_targeted
    from cms.crime c join cms.referral r using (referral_id);

-- --- a step more for staff: what becomes of a pair -------------------------------------------------------------------

alter table cms.step drop constraint step_what_check;
alter table cms.step add constraint step_what_check check (what in
    ('set_contact', 'accept_proposal', 'refuse_proposal', 'release_hold', 'turn_back', 'answer_not_passable',
     'judge_pair'));

-- Of the referral in the step and the other one in its change: {"other_source", "other_key", "same"}.
create function cms.apply_judgement(asked cms.step, change jsonb) returns void
language plpgsql set search_path = pg_catalog as $$
declare
    other bigint := (select r.referral_id from cms.referral r
                     where r.source = change ->> 'other_source' and r.referral_key = change ->> 'other_key');
begin
    if other is null or other = asked.referral_id then
        raise exception 'no such referral' using errcode = 'no_data_found', constraint = 'step_referral_is_known';
    end if;
    update cms.match_judgement set over_at = now()
    where left_id = least(asked.referral_id, other) and right_id = greatest(asked.referral_id, other) and over_at is null;
    insert into cms.match_judgement (left_id, right_id, same, step_id)
    values (least(asked.referral_id, other), greatest(asked.referral_id, other), (change ->> 'same')::boolean,
            asked.step_id);
    update cms.matching set done_at = null where referral_id in (asked.referral_id, other);
end $$;

create or replace function cms.people_needed(asked jsonb, about cms.referral) returns integer
language sql stable set search_path = pg_catalog as $$
    select case when asked ->> 'what' in ('set_contact', 'accept_proposal', 'refuse_proposal', 'release_hold')
                 and cms.is_high_risk(about.person_id) then 2
                when asked ->> 'what' = 'judge_pair' and exists (
                    select from cms.referral o
                    where o.source = asked -> 'change' ->> 'other_source'
                      and o.referral_key = asked -> 'change' ->> 'other_key'
                      and cms.is_safety_pair(about.referral_id, o.referral_id)) then 2
                else 1 end
$$;

alter function cms.apply_step(cms.step) rename to apply_step_about_contact;
create function cms.apply_step(asked cms.step) returns void
language plpgsql set search_path = pg_catalog as $$
begin
    if asked.what = 'judge_pair' then
        perform cms.apply_judgement(asked, asked.document::jsonb -> 'change');
    else
        perform cms.apply_step_about_contact(asked);
        -- What staff own of contact is compared too.
        update cms.matching set done_at = null where referral_id = asked.referral_id;
    end if;
end $$;

-- --- who may ---------------------------------------------------------------------------------------------------------

revoke all on all functions in schema cms from public;
grant execute on function cms.is_safety_pair(bigint, bigint) to lvws_owner, lvws_loader, lvws_operator, lvws_reader;
grant all on all tables in schema cms to lvws_owner;
grant select on all tables in schema cms to lvws_loader, lvws_operator, lvws_reader;
grant insert on cms.matching, cms.match_key, cms.crowded_key, cms.pair, cms.link, cms.same_crime to lvws_loader;
grant update on cms.matching to lvws_loader;
grant update (weight, decision, vetoed, changes_safe_contact, reasons, group_reason, model_version, found_at) on cms.pair
    to lvws_loader;
grant update (unlinked_at, unlinked_because) on cms.link to lvws_loader;
grant update (over_at) on cms.same_crime to lvws_loader;
