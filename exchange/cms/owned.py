"""What a load does beside what staff own: seed safe contact where it is blank, and propose the rest.

The loader's role cannot write safe contact; two functions of the database make it, and never change what is there
(docs/adr/0013). Another value from a feed is a proposal, for staff to accept or refuse. Builders of SQL only.
Parameters: run, source; the temporary tables are those of exchange.cms.outcomes_sql.
"""

from __future__ import annotations

from typing import Final

from psycopg import sql

# Before anything newer is folded into a referral, the contact details that it has become what staff own.
KEEP_SAFE_CONTACT: Final = """
    select cms.keep_safe_contact(%(source)s, array_agg(referral_key), %(run)s) from prior where known
"""

SEED_SAFE_CONTACT: Final = """
    select cms.seed_safe_contact(%(source)s, array_agg(referral_key), %(run)s) from prior where known
"""

CONTACT_FIELDS: Final = (
    *("safe_to_contact", "preferred_contact", "phone", "other_phone", "email", "address", "postcode", "note"),
)

# Of the temporary table `slow`: a field that staff own, what they have there, and what the referral's records say.
_SAID: Final = sql.SQL(
    """
    said as (
        select s.referral_id, d.field, d.owned, d.said
        from slow k
        join cms.referral r on r.referral_key = k.referral_key and r.source = %(source)s
        join cms.safe_contact s using (referral_id)
        join cms.contact_in_records c using (referral_id)
        cross join lateral (values {fields}) as d (field, owned, said)
        union all
        select v.referral_id, v.field, v.value, to_jsonb(r) ->> v.field
        from slow k
        join cms.referral r on r.referral_key = k.referral_key and r.source = %(source)s
        join cms.staff_value v using (referral_id)
    )
    """
).format(
    fields=sql.SQL(", ").join(
        sql.SQL("({}, {}, {})").format(sql.Literal(field), sql.Identifier("s", field), sql.Identifier("c", field))
        for field in CONTACT_FIELDS
    )
)
_SETTLED: Final = sql.SQL(
    """
    update cms.proposal p set state = 'settled'
    from said s
    where p.referral_id = s.referral_id and p.field = s.field and p.state = 'open' and s.said = s.owned
    """
)

# What is proposed and has become what staff have is settled.
SETTLE: Final = sql.SQL("with {said} {settled}").format(said=_SAID, settled=_SETTLED).as_bytes()

PROPOSE: Final = (
    sql.SQL(
        """
    with {said}, settled as ({settled})
    insert into cms.proposal (referral_id, field, value, run)
    select referral_id, field, said, %(run)s from said where said is not null and said is distinct from owned
    on conflict (referral_id, field) do update
    set value = excluded.value, run = excluded.run, made_at = now(), state = 'open'
    where proposal.value is distinct from excluded.value or proposal.state = 'settled'
    """
    )
    .format(said=_SAID, settled=_SETTLED)
    .as_bytes()
)
