"""What is compared, and how far two referrals can agree in it: each level with its SQL (DuckDB) and its name.

Splink gives each pair one level of each comparison, by number from 0, the last one, upwards; -1 where one side is
blank: then the comparison says nothing, for or against. model.json holds how much each level weighs. The names are
codes; exchange.matching.words has the words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

BLANK: Final = -1


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement. `rare`: the column in which a rare value says more than a common one."""

    code: str
    sql: str
    rare: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that is compared; `levels` from most to least, `blank` where there is nothing to compare, and the code
    that says so where it is worth saying."""

    name: str
    blank: str
    levels: tuple[Level, ...]
    said_if_blank: str = ""

    def number(self, code: str) -> int:
        """The number that Splink gives to a level."""
        return len(self.levels) - 1 - [level.code for level in self.levels].index(code)

    def code(self, number: int) -> str | None:
        """The level of a number; None where nothing was compared."""
        return None if number == BLANK else self.levels[len(self.levels) - 1 - number].code


_SLIP: Final = (
    "least(length({0}_l), length({0}_r)) >= 3 and greatest(length({0}_l), length({0}_r)) >= 4 "
    "and damerau_levenshtein({0}_l, {0}_r) <= 1"
)
_SOUNDS: Final = "{0}_sound_l = {0}_sound_r or jaro_winkler_similarity({0}_l, {0}_r) >= 0.92"
_IN_PART: Final = "list_has_any({0}_words_l, {0}_words_r)"
_SWAPPED: Final = "forename_l = surname_r and surname_l = forename_r"

COMPARISONS: Final = (
    Comparison(
        "forename",
        "forename_l is null or forename_r is null",
        (
            Level("forename_same", "forename_l = forename_r", "forename"),
            Level("names_swapped", _SWAPPED),
            Level(
                "forename_is_short_form",
                "list_contains(forename_forms_l, forename_r) or list_contains(forename_forms_r, forename_l)",
            ),
            Level("forename_differs_by_one_letter", _SLIP.format("forename")),
            # Daisy and Maisie, both short for Margaret, may be one woman or two sisters.
            Level("forenames_short_for_one_name", "list_has_any(forename_forms_l, forename_forms_r)"),
            Level("forename_same_in_part", _IN_PART.format("forename")),
            Level(
                "forename_is_initial",
                "least(length(forename_l), length(forename_r)) = 1 and forename_l[1] = forename_r[1]",
            ),
            Level("forename_sounds_alike", _SOUNDS.format("forename")),
            Level("forename_differs", "else"),
        ),
    ),
    Comparison(
        "surname",
        "surname_l is null or surname_r is null",
        (
            Level("surname_same", "surname_l = surname_r", "surname"),
            Level("names_swapped", _SWAPPED),
            Level("surname_differs_by_one_letter", _SLIP.format("surname")),
            Level("surname_same_in_part", _IN_PART.format("surname")),
            Level("surname_sounds_alike", _SOUNDS.format("surname")),
            Level("surname_differs", "else"),
        ),
    ),
    Comparison(
        "born",
        "born_from_l is null or born_from_r is null",
        (
            Level("birth_date_same", "born_l = born_r and born_l[5:8] <> '0101'"),
            # Given where only the year is known, or nothing; for many refugees it is their papers' date.
            Level("birth_date_same_first_of_january", "born_l = born_r"),
            Level("day_and_month_swapped", "born_l = born_swapped_r"),
            Level("birth_date_differs_by_a_slip", "damerau_levenshtein(born_l, born_r) <= 1"),
            Level(
                "age_fits",
                "(born_l is null or born_r is null) and born_from_l <= born_to_r and born_from_r <= born_to_l",
            ),
            Level("age_contradicts", "born_l is null or born_r is null"),
            Level("birth_date_differs", "else"),
        ),
        "birth_not_compared",
    ),
    Comparison(
        "phone",
        "len(phones_l) = 0 or len(phones_r) = 0",
        (Level("phone_same", "list_has_any(phones_l, phones_r)"), Level("phone_differs", "else")),
        "phone_not_compared",
    ),
    Comparison(
        "email",
        "email_l is null or email_r is null",
        (Level("email_same", "email_l = email_r"), Level("email_differs", "else")),
        "email_not_compared",
    ),
    Comparison(
        "home",
        "(postcode_l is null or postcode_r is null) and (street_l is null or street_r is null)",
        (
            Level("address_same", "postcode_l = postcode_r and home_l = home_r"),
            Level("postcode_same", "postcode_l = postcode_r"),
            Level("street_same", "street_l = street_r"),
            Level("address_differs", "else"),
        ),
        "address_not_compared",
    ),
    Comparison(
        "crime",
        # Two crimes say nothing: a person can be the victim of several.
        "crime_l is null or crime_r is null or crime_l <> crime_r",
        (Level("crime_report_same", "crime_l = crime_r"), Level("crime_report_differs", "else")),
    ),
)
BY_NAME: Final = {comparison.name: comparison for comparison in COMPARISONS}
# Columns of the features that the levels are worked out from.
COMPARED: Final = (
    *("referral_id", "forename", "forename_forms", "forename_words", "forename_sound"),
    *("surname", "surname_words", "surname_sound", "born", "born_swapped", "born_from", "born_to"),
    *("phones", "email", "postcode", "home", "street", "crime"),
)

Weights = dict[str, dict[str, tuple[float, float]]]


def splink_settings(weights: Weights, prior: float) -> dict[str, Any]:
    """Splink's settings. `weights`: comparison, level, and its shares among pairs of one person and of two (m, u)."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "referral_id",
        "probability_two_random_records_match": prior,
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "comparisons": [_comparison(each, weights[each.name]) for each in COMPARISONS],
    }


def _comparison(comparison: Comparison, weights: dict[str, tuple[float, float]]) -> dict[str, Any]:
    blank = {"sql_condition": comparison.blank, "label_for_charts": "blank", "is_null_level": True}
    levels = [_level(level, *weights[level.code]) for level in comparison.levels]
    return {"output_column_name": comparison.name, "comparison_levels": [blank, *levels]}


def _level(level: Level, m: float, u: float) -> dict[str, Any]:
    made: dict[str, Any] = {
        "sql_condition": "ELSE" if level.sql == "else" else level.sql,
        "label_for_charts": level.code,
        "m_probability": m,
        "u_probability": u,
    }
    if level.rare is not None:
        made |= {"tf_adjustment_column": level.rare, "tf_adjustment_weight": 1.0, "tf_minimum_u_value": 0.0}
    return made
