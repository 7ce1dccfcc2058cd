"""No hidden count can be computed from all that was delivered; an attacker tries (docs/disclosure.md)."""

from __future__ import annotations

import random
import sys
import time
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import TablesUnprotectable
from outputs.disclosure import (
    Delivered,
    Draft,
    Hidden,
    apply,
    check,
    hidden_keys,
    protect,
    protect_or_withhold,
    summary,
)
from outputs.figures import Figure, rate
from tests.outputs.made_up import DEMOGRAPHIC, MONTHS, PLAIN, QUARTER, drafts, figures_of
from tests.outputs.playing import name, play, recovered

GENDER = ("female", "male", "other", "prefer_not_to_say", "not_given")
MONTH = MONTHS[0]


def gender(referrals: list[int], take_up: list[int] | None = None) -> list[Figure]:
    """The table of gender, and the total of victims where it is plain."""
    take_up = take_up or [0] * len(GENDER)
    rows = [(*GENDER, "total"), (*referrals, sum(referrals)), (*take_up, sum(take_up))]
    return [
        *figures_of("referral_source", "total", sum(referrals), sum(take_up), sum(take_up)),
        *(each for row in zip(*rows, strict=True) for each in figures_of("gender", *row)),
    ]


def month(referrals: str, take_up: str = "", *, version: int = 1, period: str = MONTH, **settings: str) -> Draft:
    figures = gender([int(n) for n in referrals.split()], [int(n) for n in take_up.split()])
    return Draft("quarterly" if "Q" in period else "monthly", period, version, tuple(figures), settings)


def deliver(*made: Draft) -> list[Delivered]:
    done: list[Delivered] = []
    for draft in made:
        done.append(apply(draft, protect(draft, done)))
    return done


def hidden_rows(draft: Draft, before: list[Delivered] | None = None, column: str = "referrals") -> str:
    """The rows that are hidden, in the order of the table."""
    hidden = protect(draft, before or [])
    return " ".join(row for row in (*GENDER, "total") if ("gender", row, column) in hidden)


def status(delivered: Delivered) -> dict[tuple[str, str, str], str]:
    return {each.key: each.status for each in delivered.figures}


# --- one table --------------------------------------------------------------------------------------

ONE_TABLE = """
female male other prefer_not_to_say not_given | hidden                  | because
20     14   9     5                 0         |                         | none is small
20     14   3     9                 0         | other prefer_not_to_say | the smallest other one goes with it
20     14   3     9                 6         | other not_given         | the smallest, wherever it stands
20     14   3     2                 0         | other prefer_not_to_say | two small ones hide each other
20     14   1     1                 0         | other prefer_not_to_say | they may be 0 and 2 as well
4      40   0     0                 0         | female male             | one that is not small rather than a zero
3      0    0     0                 0         | female male             | a zero, where there is nothing else
1      0    0     0                 0         | female male             | the total is open, whatever it is
0      0    0     0                 0         |                         | zeros are shown
4      5    5     5                 5         | female male             | one other is enough
"""


@pytest.mark.parametrize("line", ONE_TABLE.strip().splitlines()[1:])
def test_small_counts_go_and_just_enough_others(line: str):
    counts, hidden, _ = (part.strip() for part in line.split("|"))
    assert hidden_rows(month(counts)) == hidden


def test_take_up_counts_some_of_the_referrals_so_that_both_are_looked_at():
    # 2 of 9 and 6 of 6: the take-up of those 6 may be 6 at most, and the other may then be 2 or more.
    draft = month("20 14 9 6 0", "8 7 2 6 0")
    assert hidden_rows(draft, column="take_up") == "other prefer_not_to_say"
    assert check(apply(draft, protect(draft, [])), []) == ()


@pytest.mark.parametrize(
    ("setting", "expected"), [("none", ""), ("primary", "other"), ("secondary", "other prefer_not_to_say")]
)
def test_the_setting_of_a_table_decides(setting: str, expected: str):
    assert hidden_rows(month("20 14 3 9 0", gender=setting)) == expected


def test_a_table_that_hides_nothing_by_default_can_be_set_to():
    figures = [
        each for row, n in zip(GENDER, (20, 14, 3, 9, 0), strict=True) for each in figures_of("gender", row, n, 0)
    ]
    figures += figures_of("gender", "total", 46, 0)
    figures += [
        each
        for row, n in {"total": 46, "police": 40, "mps": 38, "btp": 2, "self_referral": 4, "other_agencies": 2}.items()
        for each in figures_of("referral_source", row, n, 0)
    ]
    draft = Draft("monthly", MONTH, 1, tuple(figures), {"referral_source": "secondary"})
    rows = {row for table, row, column in protect(draft, []) if (table, column) == ("referral_source", "referrals")}
    assert rows == {"btp", "mps", "self_referral", "other_agencies"}


def test_a_small_count_that_a_plain_table_tells_is_shown_for_hiding_it_would_be_for_show():
    draft = month("20 14 6 9 3")
    unknown = tuple(
        Figure("unknown_rate", f"{source} gender", "unknown", n) for source, n in (("mps", 2), ("contact_centre", 1))
    )
    assert hidden_rows(draft) == "other not_given"
    assert hidden_rows(replace(draft, figures=draft.figures + unknown)) == ""


# --- several deliveries -----------------------------------------------------------------------------


def test_what_was_hidden_stays_so_in_the_next_version_and_what_was_open_stays_open():
    before = deliver(month("20 14 3 9 0"))
    assert hidden_rows(month("21 14 3 9 0", version=2), before) == "other prefer_not_to_say"


def test_a_count_that_grew_stays_hidden_where_its_neighbours_would_tell_what_it_was():
    before = deliver(month("20 14 4 9 0"))
    # Open, 5 would tell that the other one is 9, and so that this was 4.
    assert hidden_rows(month("20 14 5 9 0", version=2), before) == "other prefer_not_to_say"


def test_only_what_moved_can_go_with_a_count_that_became_small():
    before = deliver(month("20 14 6 9 0"))
    assert hidden_rows(month("20 15 4 9 0", version=2), before) == "male other"


def test_a_quarter_hides_what_would_tell_a_month():
    before = deliver(
        month("20 14 3 9 0"), month("20 14 8 9 0", period=MONTHS[1]), month("20 14 7 9 0", period=MONTHS[2])
    )
    quarter = month("60 42 18 27 0", period=QUARTER)
    assert hidden_rows(quarter, before) == "other prefer_not_to_say"
    shown = apply(quarter, frozenset())
    assert {place.period for place in check(shown, before)} == {MONTH}


IMPOSSIBLE = month("20 14 0 0 0"), month("20 14 1 0 0", version=2)


def test_where_it_cannot_be_had_the_table_is_named_and_no_value():
    first, second = IMPOSSIBLE
    with pytest.raises(TablesUnprotectable) as caught:
        protect(second, deliver(first))
    assert caught.value.facts == {"version": f"monthly {MONTH} v2", "tables": "gender"}
    assert caught.value.code == "E620"


def test_a_withheld_table_shows_its_totals_alone():
    first, second = IMPOSSIBLE
    before = deliver(first)
    second = replace(second, settings={"gender": "withheld"})
    assert hidden_rows(second, before) == " ".join(GENDER)
    assert check(apply(second, protect(second, before)), before) == ()


def test_tables_are_withheld_only_where_there_is_no_other_way():
    first, second = IMPOSSIBLE
    before = deliver(first)
    assert protect_or_withhold(second, before)[0].settings == {"gender": "withheld"}
    assert protect_or_withhold(first, []) == (first, protect(first, []))


def test_returns_of_other_quarters_have_no_say():
    before = deliver(month("20 14 0 0 0"))
    assert protect(month("20 14 1 0 0", period="2019-07"), before) == protect(
        month("20 14 1 0 0", period="2019-07"), []
    )


# --- what is made of figures ------------------------------------------------------------------------


def test_everything_computed_from_a_hidden_count_goes_with_it():
    draft = month("20 14 3 9 0", "8 7 0 5 0")
    kpi = Figure("kpi", "equal_access", "result", Fraction(1, 3))
    other = Figure("kpi", "take_up", "result", Fraction(20, 46))
    draft = replace(draft, of_return="quarterly", period=QUARTER, figures=(*draft.figures, kpi, other))
    done = apply(draft, protect(draft, []), {kpi.key: [("gender", "other", "take_up_rate")]})
    told = status(done)
    assert told["gender", "other", "referrals"] == told["gender", "other", "take_up_rate"] == "suppressed"
    assert told["gender", "other", "take_up"] == "ok"
    assert told[kpi.key] == "suppressed"
    assert told[other.key] == "ok"
    assert all(each.value is None for each in done.figures if each.status == "suppressed")
    assert done.hidden["gender", "other", "referrals"] == 3


def test_a_rate_over_a_hidden_zero_does_not_say_that_it_is_not_available():
    done = deliver(month("3 0 0 0 0"))[0]
    assert status(done)["gender", "male", "take_up_rate"] == "suppressed"
    assert status(done)["gender", "other", "take_up_rate"] == "not_available"


def test_representation_hides_the_groups_that_gender_hides():
    draft = month("20 14 9 6 8", "8 7 2 6 5", period=QUARTER)
    engaged = dict(zip(GENDER, (8, 7, 2, 6, 5), strict=True))
    rows = [
        figure
        for group, n in engaged.items()
        for figure in (
            Figure("representation", f"gender {group}", "engaged", n),
            Figure("representation", f"gender {group}", "share", *rate(n, 28)),
            Figure("representation", f"gender {group}", "police_share", Fraction(1, 5)),
            Figure("representation", f"gender {group}", "status", "as expected"),
        )
    ]
    done = deliver(replace(draft, figures=(*draft.figures, *rows)))[0]
    told = status(done)
    gone = {
        row
        for (table, row, column), each in told.items()
        if (table, column, each) == ("representation", "share", "suppressed")
    }
    assert gone == {f"gender {row}" for row in GENDER if told["gender", row, "take_up"] == "suppressed"}
    assert told["representation", "gender other", "status"] == "suppressed"
    assert told["representation", "gender other", "police_share"] == "ok"


def test_changes_have_no_line_of_what_either_version_hides():
    old, new = deliver(month("20 14 4 9 0"), month("20 14 5 9 0", version=2))
    assert ("gender", "other", "referrals") in hidden_keys(old.figures, new.figures)
    assert ("gender", "male", "referrals") not in hidden_keys(old.figures, new.figures)


def test_the_cover_says_how_each_table_is_treated_and_how_much_it_hides():
    told = summary(deliver(month("20 14 3 9 0", gender="secondary", religion="none"))[0])
    assert Hidden("gender", "secondary", 2, 4) in told
    assert [each.table for each in told] == ["gender", "ethnicity", "disability", "sexual_orientation"]


# --- the check before delivery ----------------------------------------------------------------------


def test_the_check_finds_a_lone_hidden_count():
    draft = month("20 14 3 9 0")
    lone = apply(draft, {("gender", "other", "referrals")})
    assert [place.key for place in check(lone, [])] == [("gender", "other", "referrals")]


def test_the_check_finds_what_a_rate_tells():
    done = deliver(month("20 14 30 9 0", "8 7 3 6 0"))[0]
    assert check(done, []) == ()
    shown = tuple(
        replace(each, value=Fraction(3, 30), status="ok") if each.key == ("gender", "other", "take_up_rate") else each
        for each in done.figures
    )
    assert {place.row for place in check(replace(done, figures=shown), [])} == {"other", "prefer_not_to_say"}


def test_the_check_finds_a_version_that_shows_what_the_one_before_hid():
    before = deliver(month("20 14 3 9 0"))
    shown = apply(month("20 14 3 9 0", version=2), frozenset())
    assert {(place.version, place.row) for place in check(shown, before)} >= {(1, "other"), (1, "prefer_not_to_say")}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=5, max_size=5))
def test_any_table_is_protected(rows: list[tuple[int, int]]):
    referrals = [max(pair) for pair in rows]
    draft = Draft("monthly", MONTH, 1, tuple(gender(referrals, [min(pair) for pair in rows])))
    hidden = protect(draft, [])
    small = {
        each.key
        for each in draft.figures
        if each.value in range(1, 5) and each.row != "total" and isinstance(each.value, int)
    }
    assert small <= hidden
    assert not [key for key in hidden if key[1] == "total"]
    assert check(apply(draft, hidden), []) == ()


# --- three months, their quarter and second versions, attacked --------------------------------------

SEEDS = (0, 1, 4, 7, 12)  # tables have to be withheld in two of them


@pytest.mark.parametrize("seed", SEEDS)
def test_the_attacker_recovers_nothing(seed: int):
    made = drafts(seed)
    done, _ = play(made)
    assert recovered(made, done) == {}
    assert not [place for at, each in enumerate(done) for place in check(each, done[:at])]
    assert_plain_tables_are_whole(done)
    assert_open_stays_open(done)


def assert_plain_tables_are_whole(done: list[Delivered]) -> None:
    """Nothing is hidden where the setting is none, and no total anywhere."""
    gone = {key for each in done for key in hidden_keys(each.figures)}
    assert not {key for key in gone if key[0] in PLAIN or key[1] == "total"}


def assert_open_stays_open(done: list[Delivered]) -> None:
    """A count that was delivered in the open is not hidden while it is the same, unless its table was withheld."""
    shown: dict[object, int] = {}
    for each in done:
        for key, value in each.hidden.items():
            if each.settings.get(key[0]) != "withheld":
                assert shown.get((*name(each)[:2], key)) != value
        shown |= {
            (*name(each)[:2], figure.key): figure.value for figure in each.figures if isinstance(figure.value, int)
        }


def test_without_secondary_suppression_the_attacker_recovers_some():
    for seed in SEEDS[2:]:
        made = [replace(draft, settings=dict.fromkeys(DEMOGRAPHIC, "primary")) for draft in drafts(seed)]
        assert recovered(made, play(made)[0], knows_the_rule=False)


FORGOTTEN = (
    ("relations._Builder.add_sums", lambda *_: None, 7),
    ("relations._Builder.add_quarters", lambda *_: None, 5),
    ("counts.same_cells", lambda *_: iter(()), 0),
)


@pytest.mark.parametrize(("forgotten", "nothing", "seed"), FORGOTTEN, ids=[name for name, _, _ in FORGOTTEN])
def test_the_attacker_uses_what_the_protection_forgets(forgotten, nothing, seed: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(f"outputs.disclosure.{forgotten}", nothing)
    made = drafts(seed)
    assert recovered(made, play(made)[0])


def test_the_order_of_figures_and_deliveries_changes_nothing():
    *before, draft = drafts(0)
    done, _ = play(before)
    mixed = random.Random(1)
    figures = list(draft.figures)
    expected = protect(draft, done)
    assert protect(draft, done) == expected
    mixed.shuffle(figures)
    mixed.shuffle(done)
    assert protect(replace(draft, figures=tuple(figures)), done) == expected


def test_twice_is_once():
    first, *_ = drafts(2)
    hidden = protect(first, [])
    done = apply(first, hidden)
    assert protect(replace(first, version=2), [done]) == hidden
    again = apply(replace(first, figures=done.figures), hidden)
    assert again.figures == done.figures


@pytest.mark.sweep
@pytest.mark.parametrize("first", range(1000, 1200, 20))
def test_sweep_of_200_data_sets(first: int, capsys: pytest.CaptureFixture[str]):
    began, hidden, sets = time.process_time(), 0, 0
    for seed in range(first, first + 20):
        made = drafts(seed)
        done, withheld = play(made)
        assert recovered(made, done) == {}, seed
        assert_plain_tables_are_whole(done)
        assert_open_stays_open(done)
        hidden += sum(len(each.hidden) for each in done)
        sets += withheld > 0
    with capsys.disabled():
        sys.stderr.write(f"{hidden} hidden, tables withheld in {sets}, {time.process_time() - began:.0f} s\n")
    assert hidden > 1000
