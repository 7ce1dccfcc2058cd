"""SQL of exchange.cms.reviewing. Parameters: `left` and `right`, a pair's referrals; `of`, several referrals."""

from __future__ import annotations

from typing import Final

# The step about a pair that waits for a second person, whichever of the two it names first.
STEP: Final = """
    select s.step_id from cms.step s
    join cms.referral o on o.source = s.document::jsonb #>> '{change,other_source}'
                       and o.referral_key = s.document::jsonb #>> '{change,other_key}'
    where s.what = 'judge_pair' and s.state = 'waiting'
      and least(s.referral_id, o.referral_id) = %(left)s and greatest(s.referral_id, o.referral_id) = %(right)s
    order by s.step_id limit 1
"""
WAITING: Final = """
    with asked as (
        select least(s.referral_id, o.referral_id) as left_id, greatest(s.referral_id, o.referral_id) as right_id,
               min(s.step_id) as step
        from cms.step s
        join cms.referral o on o.source = s.document::jsonb #>> '{change,other_source}'
                           and o.referral_key = s.document::jsonb #>> '{change,other_key}'
        where s.what = 'judge_pair' and s.state = 'waiting' group by 1, 2
    )
    select v.left_id, v.left_source, v.left_key, v.right_id, v.right_source, v.right_key, v.reasons, v.group_reason,
           v.found_at as since, v.two_people, a.step,
           v.changes_safe_contact and exists (
               select from cms.open_hold h
               where h.referral_id in (v.left_id, v.right_id) and h.reason = 'match_review') as held
    from cms.review v left join asked a using (left_id, right_id)
    order by v.two_people desc, v.found_at, v.left_id, v.right_id
"""
AGREEMENT: Final = """
    select count(*) filter (where state = 'done'), count(*) filter (where state = 'refused')
    from cms.step where what = 'judge_pair' and people = 2 and state <> 'waiting'
"""
# A pair that may be judged: one that waits, was judged, or is linked. One that rules keep apart is shown to nobody.
PAIR: Final = """
    select a.referral_id, a.source, a.referral_key, b.referral_id, b.source, b.referral_key
    from cms.referral a, cms.referral b
    where a.referral_id = %(left)s and b.referral_id = %(right)s and (
        exists (select from cms.review v where v.left_id = %(left)s and v.right_id = %(right)s)
        or exists (select from cms.match_judgement j
                   where j.left_id = %(left)s and j.right_id = %(right)s and j.over_at is null)
        or exists (select from cms.link l
                   where l.left_id = %(left)s and l.right_id = %(right)s and l.unlinked_at is null))
"""
STANDING: Final = """
    select p.reasons, p.group_reason, p.found_at as since, p.decision, p.model_version,
           exists (select from cms.review v where v.left_id = %(left)s and v.right_id = %(right)s) as waits,
           cms.is_safety_pair(%(left)s, %(right)s) as two_people, j.same as judged, j.at as judged_at, j.step_id
    from (select 1) one
    left join cms.pair p on p.left_id = %(left)s and p.right_id = %(right)s
    left join cms.match_judgement j on j.left_id = %(left)s and j.right_id = %(right)s and j.over_at is null
"""
SIDE: Final = """
    select r.referral_id, r.source, r.referral_key, r.person_id, r.channel, r.forename, r.surname, r.birth_date, r.age,
           r.offence_from, r.offence_to, r.received_on, r.crime_category, k.phone, k.other_phone, k.email, k.address,
           k.postcode, c.may_contact, jsonb_build_object('phone', c.phone, 'other_phone', c.other_phone,
               'email', c.email, 'address', c.address, 'postcode', c.postcode) as usable
    from cms.referral r
    join cms.contact_in_records k using (referral_id)
    join cms.contact c using (referral_id)
    where r.referral_id = any(%(of)s) order by r.referral_id
"""
LINKS: Final = """
    select l.left_id, a.source as left_source, a.referral_key as left_key,
           l.right_id, b.source as right_source, b.referral_key as right_key,
           l.how, l.linked_at, l.model_version, l.reasons
    from cms.link l
    join cms.referral a on a.referral_id = l.left_id
    join cms.referral b on b.referral_id = l.right_id
    where l.unlinked_at is null and (l.left_id = any(%(of)s) or l.right_id = any(%(of)s))
    order by l.linked_at, l.left_id, l.right_id
"""
REFERRALS: Final = """
    select o.referral_id, o.source, o.referral_key, o.received_on, o.offence_from, o.crime_category
    from cms.referral r join cms.referral o using (person_id)
    where r.referral_id = %s order by o.received_on, o.referral_id
"""
BECAME: Final = """
    select a.person_id = b.person_id,
           (select count(*) from cms.referral r where r.person_id = a.person_id),
           (select count(*) from cms.review v where v.left_id in (a.referral_id, b.referral_id)
                                                 or v.right_id in (a.referral_id, b.referral_id))
    from cms.referral a, cms.referral b where a.referral_id = %(left)s and b.referral_id = %(right)s
"""
