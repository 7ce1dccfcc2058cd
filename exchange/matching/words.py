"""Reasons in plain words, for whoever decides about a pair. A sentence says what was compared, never a value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# What agrees comes first: "same birth date and phone".
AGREE: Final[dict[str, str]] = {
    "forename_same": "forename",
    "surname_same": "surname",
    "birth_date_same": "birth date",
    "birth_date_same_first_of_january": "birth date (a first of January, which often stands for unknown)",
    "phone_same": "phone",
    "email_same": "e-mail",
    "address_same": "address",
    "postcode_same": "postcode",
    "street_same": "street and house",
    "crime_report_same": "crime report",
}
# Then what nearly agrees, what does not, and what could not be compared.
DIFFER: Final[dict[str, str]] = {
    "names_swapped": "forename and surname change places",
    "forename_is_short_form": "one forename is a short form of the other",
    "forename_differs_by_one_letter": "forename differs by one letter",
    "forenames_short_for_one_name": "the forenames are short for one name",
    "forename_same_in_part": "forename is the same in part",
    "forename_is_initial": "one forename is an initial",
    "forename_sounds_alike": "forenames sound alike",
    "forename_differs": "other forename",
    "surname_differs_by_one_letter": "surname differs by one letter",
    "surname_same_in_part": "surname is the same in part",
    "surname_sounds_alike": "surnames sound alike",
    "surname_differs": "other surname",
    "day_and_month_swapped": "day and month of birth change places",
    "birth_date_differs_by_a_slip": "birth date differs by one slip",
    "age_fits": "one has no birth date, and the age fits",
    "age_contradicts": "one has no birth date, and the age does not fit",
    "birth_date_differs": "other birth date",
    "phone_differs": "other phone",
    "email_differs": "other e-mail",
    "address_differs": "other address",
    "crime_report_differs": "other crime report",
    "birth_not_compared": "one has neither birth date nor age",
    "phone_not_compared": "one has no phone",
    "email_not_compared": "one has no e-mail",
    "address_not_compared": "one has no address",
}
# Last what is against it, or why people have to look.
AGAINST: Final[dict[str, str]] = {
    "other_victim_of_the_report": "two victims of one crime report: two people",
    "other_role_in_the_crime": "a witness and the victim of one crime: two people",
    "twins": "one birth date and home and two forenames: perhaps twins",
    "other_forename_in_one_home": "two forenames in one home: two people who live together",
    "same_name_other_birth_date": "one name and home and two birth dates: perhaps parent and child",
    "other_forename_and_birth_date": "neither forename nor birth date agrees",
    "other_names": "neither forename nor surname agrees",
    "safe_contact_conflicts": "what is known of safe contact conflicts: ask before anything is joined",
    "witness_and_victim": "one is a witness and the other a victim: perhaps of one crime",
    "abuse_and_other_contact": "domestic abuse, and a phone or e-mail that differs may be the abuser's",
    "group_has_two_people": "others of this group are two people",
    "group_is_large": "more referrals than one person usually has",
    "member_by_one_weak_link": "one of this group hangs on by one weak link",
}
WORDS: Final = {**AGREE, **DIFFER, **AGAINST}

# Of incidents.INCIDENTS.
INCIDENT_WORDS: Final[dict[str, str]] = {
    "crime_report_named": "one names the crime report of the other",
    "both_are_fraud": "both are fraud",
    "dates_within_days": "a few days apart at most",
    "amount_same": "same amount",
    "amount_not_compared": "one has no amount",
    "same_person": "same person",
    "perhaps_same_person": "perhaps the same person",
}


def sentence(reasons: Iterable[str]) -> str:
    """Reasons (codes, in any order) as words: same birth date and phone; surname differs by one letter.

    KeyError for a code that has no words.
    """
    codes = set(reasons)
    if missing := codes - WORDS.keys():
        raise KeyError(min(missing))
    agree = [words for code, words in AGREE.items() if code in codes]
    parts = [f"same {_listed(agree)}"] if agree else []
    parts += [words for code, words in {**DIFFER, **AGAINST}.items() if code in codes]
    return "; ".join(parts)


def incident_sentence(reasons: Iterable[str]) -> str:
    """Why two referrals are one crime. KeyError for a code that has no words."""
    return "; ".join(INCIDENT_WORDS[code] for code in reasons)


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
