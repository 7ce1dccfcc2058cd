"""What docs/triage.md says besides the tables: its head, what the groups of rules decide, and the facts in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HEAD: Final = """\
# Triage

What becomes of a referral, by rules that are data: `mappings/triage/rules.csv`. Every rule that fires is kept with its
reason; the order decides what the referral ends as. First comes whether a row may be held at all (E), then whether
contact would be safe (H1 to H5), then whether another service is the right one (O), then whether anybody can be reached
(H6). What is left is accepted. Priority (P) is a right beside all that.

What staff decide (release a hold, turn an onward referral back) stands beside the rules and leaves them standing.
Every case here is a test: what differs from a sound row of its feed, and all that the rules say of it.
"""

# By what a rule decides; H6 stands apart, because it comes after the onward rules.
DECIDES: Final[Mapping[tuple[str, bool], tuple[str, str]]] = {
    ("excluded", False): (
        "Rows that may not be held",
        (
            "Of a new referral only key, line, code and time stay, and what protects the person. A known referral is "
            "closed to contact instead; one that turned into domestic abuse with consent blank stays, held."
        ),
    ),
    ("held", False): (
        "Held: contact is not safe yet",
        "Nobody contacts the person and nothing is sent until the hold has ended or staff released it.",
    ),
    ("onward", False): (
        "Onward: for another service",
        (
            "The referral stays ours until the other service has confirmed its receipt. A self-referral lifts the "
            "reasons of crime type, not those of age or residence."
        ),
    ),
    ("held", True): ("Held: nobody can be reached", "Only where no other service takes the person."),
    ("priority", False): ("Priority: a right to enhanced support", "All reasons are kept; one is enough."),
}

FACTS: Final[Mapping[str, str]] = {
    "opted_out": "the person asked not to be referred, or said no to support (fraud)",
    "domestic_abuse": "the domestic abuse flag is set",
    "domestic_abuse_from_16": "the domestic abuse flag is set and the person was not under 16 at the offence",
    "bereaved": "somebody died by the crime, driving included",
    "consented": "explicit consent was given",
    "consent_always_needed": "the feed is one that needs consent for every row: contact centre, witnesses",
    "organisation": "the victim is an organisation, a business or a charity",
    "named_contact": "a contact there is named",
    "professional_witness": "the witness is called in a professional capacity",
    "unsafe": "the sender says that contact is not safe",
    "safety_unknown": "whether contact is safe is blank",
    "consent_pending": "a known referral turned into domestic abuse with consent blank, and none came since",
    "reopened": "a new record came after the referral was withdrawn",
    "persistently_targeted": "matching found three different crimes of the person within 12 months, over all feeds",
    "under_16": "under 16 on the first day of the offence; not known counts as an adult",
    "under_18": "under 18 on the first day of the offence; not known counts as an adult",
    "self_referral": "the person came to the service on their own",
    "anti_social_behaviour": "a non-crime whose title is in the list of titles below",
    "outside_london": "the borough of residence says outside London; an unknown spelling does not",
    "reachable": "there is a phone number or e-mail address that can be used, or an address with a sound postcode",
    "hate": "a hate crime flag is set",
    "vulnerable": "the sender says that the person is vulnerable",
}
