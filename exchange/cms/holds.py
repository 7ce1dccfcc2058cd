"""Holds: why nobody may contact a person yet, opened and ended by what the rules say of the referral (outcomes.md).

A hold that staff released stays released while its reason goes on; one that staff opened, or whose reason no rule
gives, is none of a load's business. Somebody who withdraws once more and comes again is a new reason to ask. Loads may
open and end holds and never release one: the database refuses it.
"""

from __future__ import annotations

from typing import Any, Final

from exchange import clock
from exchange.database import Connection
from mappings.triage_rules import load_rules

# Of referrals that this run made at once (to_hold), and of all that it changed (slow).
_OPEN: Final = """
    insert into cms.hold (referral_id, reason, since, opened_by)
    select w.referral_id, w.reason, %(business_date)s, %(run)s
    from (select referral_key from to_hold union select referral_key from slow) t
    join cms.reason_to_hold w on w.referral_key = t.referral_key and w.source = %(source)s
    on conflict do nothing
"""

_END: Final = """
    update cms.hold h set over_at = %(now)s, over_by = %(run)s
    from slow k join cms.referral r on r.referral_key = k.referral_key and r.source = %(source)s
    where h.referral_id = r.referral_id and h.over_at is null and h.opened_by not like 'step %%'
      and h.reason = any(%(ruled)s)
      and (not exists (
            select from cms.reason_to_hold w where w.referral_id = h.referral_id and w.reason = h.reason)
        or h.reason = 'reopened' and h.released_at is not null and exists (
            select from incoming i join prior p using (referral_key)
            where i.referral_key = r.referral_key and (i.closes or i.refuses and p.not_refused)))
"""


def follow_the_rules(connection: Connection, facts: dict[str, Any]) -> None:
    """Open and end the holds of the referrals that a load made or changed, in its transaction."""
    # One reason that follows another is one reject of the sender: the new hold is there before the old one ends.
    connection.execute(_OPEN, facts)
    ended = connection.execute(
        _END, {**facts, "now": clock.now(), "ruled": [rule.reason for rule in load_rules().of("held")]}
    )
    if ended.rowcount:  # a reason that came back gets a hold of its own
        connection.execute(_OPEN, facts)
