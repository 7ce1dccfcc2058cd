"""Files of inputs: what is right, what is wrong and where, and which inputs count for a quarter."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import MappingInvalid
from outputs import catalogue, inputs, inputs_held, quarterly_kinds
from outputs.periods import parse

HEADER = "key,period,value,note\n"


def findings(text: str | bytes) -> list[tuple[int, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [(each.line, each.column) for each in inputs.read(data).findings]


RIGHT = [
    ("baseline access_volume,2018-19,41757,", "41757"),
    ("baseline access_volume,2018-19,41757.25,four quarters", "41757.25"),
    ("police_share gender female,2019-20,0.51,", "0.51"),
    ("police_share gender female,2019-20,0,", "0"),
    ("police_share gender female,2019-20,1.000,", "1.000"),
    ("police_share age 65_and_over,2019-20,0.051234,", "0.051234"),
    ("opening_hours,2019-20Q1,84.5,", "84.5"),
    ("payroll_headcount,2019-06,44,", "44"),
    ("narrative summary,2019-20Q1,=SUM(A1),", "=SUM(A1)"),
    ("narrative summary,2019-20Q1,@cmd,", "@cmd"),
    ('narrative summary,2019-20Q1,"Two\nlines, and a ""quote""",', 'Two\nlines, and a "quote"'),
    ('narrative summary,2019-20Q1,"Two\r\nlines",', "Two\nlines"),
    ("narrative summary,2019-20Q1, -1+2 zażółć 💬,", " -1+2 zażółć 💬"),
    ("narrative summary,2019-20Q1,NULL,", "NULL"),
    ("opening_hours,2019-20Q1,,taken back", None),
]


@pytest.mark.parametrize(("line", "value"), RIGHT)
def test_right_lines(line, value):
    found = inputs.read(f"{HEADER}{line}\n".encode())
    assert (found.findings, found.given[0].value) == ((), value)


WRONG = [
    ("", [(1, "")]),
    (HEADER, [(1, "")]),
    ("key;period;value;note\n", [(1, "")]),
    ("Key,period,value,note\n", [(1, "")]),
    (HEADER + "opening_hours,2019-20Q1,84\n", [(2, "")]),
    (HEADER + "opening_hours,2019-20Q1,84,,\n", [(2, "")]),
    (HEADER + "opening hours,2019-20Q1,84,\n", [(2, "key")]),
    (HEADER + " opening_hours,2019-20Q1,84,\n", [(2, "key")]),
    (HEADER + "police_share gender total,2019-20,0.1,\n", [(2, "key")]),
    (HEADER + "opening_hours,2019-20,84,\n", [(2, "period")]),
    (HEADER + "opening_hours,2019-06,84,\n", [(2, "period")]),
    (HEADER + "opening_hours,2019-20Q5,84,\n", [(2, "period")]),
    (HEADER + "opening_hours,2019-21Q1,84,\n", [(2, "period")]),
    (HEADER + "opening_hours,２０１９-20Q1,84,\n", [(2, "period")]),
    (HEADER + "payroll_headcount,2019-20Q1,44,\n", [(2, "period")]),
    (HEADER + "payroll_headcount,2019-13,44,\n", [(2, "period")]),
    (HEADER + "baseline access_volume,2018-20,44,\n", [(2, "period")]),
    (HEADER + "baseline access_volume,2018,44,\n", [(2, "period")]),
    (HEADER + "payroll_headcount,2019-06,44.5,\n", [(2, "value")]),
    (HEADER + "payroll_headcount,2019-06,-1,\n", [(2, "value")]),
    (HEADER + "payroll_headcount,2019-06,４４,\n", [(2, "value")]),
    (HEADER + "payroll_headcount,2019-06,1e3,\n", [(2, "value")]),
    (HEADER + 'payroll_headcount,2019-06,"1,000",\n', [(2, "value")]),
    (HEADER + "payroll_headcount,2019-06,1234567890,\n", [(2, "value")]),
    (HEADER + "opening_hours,2019-20Q1,84.555,\n", [(2, "value")]),
    (HEADER + "partners,2019-20Q1,51%,\n", [(2, "value")]),
    (HEADER + "partners,2019-20Q1,51,\n", [(2, "value")]),
    (HEADER + "partners,2019-20Q1,1.01,\n", [(2, "value")]),
    (HEADER + "partners,2019-20Q1,.5,\n", [(2, "value")]),
    (HEADER + "partners,2019-20Q1,NaN,\n", [(2, "value")]),
    (HEADER + "narrative summary,2019-20Q1,a\x00b,\n", [(2, "value")]),
    (HEADER + "narrative summary,2019-20Q1,a\x1bb,\n", [(2, "value")]),
    (HEADER + 'narrative summary,2019-20Q1,"a\rb",\n', [(2, "value")]),
    (HEADER + "narrative summary,2019-20Q1,a\uffffb,\n", [(2, "value")]),
    (HEADER + "narrative summary,2019-20Q1,   ,\n", [(2, "value")]),
    (HEADER + f"narrative summary,2019-20Q1,{'a' * 5001},\n", [(2, "value")]),
    (HEADER + f"opening_hours,2019-20Q1,84,{'a' * 501}\n", [(2, "note")]),
    (HEADER + "opening_hours,2019-20Q1,84,a\x07\n", [(2, "note")]),
    (HEADER + "opening_hours,2019-20Q1,84,\nopening_hours,2019-20Q1,84,\n", [(3, "key")]),
    (HEADER + 'opening_hours,2019-20Q1,"84,\n', [(2, "")]),
    (HEADER + 'opening_hours,2019-20Q1,"84"x,\n', [(2, "")]),
    (HEADER + "wrong,2019-20Q1,1,\npartners,2019,x,\n", [(2, "key"), (3, "period"), (3, "value")]),
    (
        HEADER + 'narrative summary,2019-20Q1,"one\ntwo",\nwrong,2019-20Q1,1,\n',
        [(4, "key")],
    ),
    (
        HEADER + "police_share gender female,2019-20,0.51,\npolice_share gender male,2019-20,0.5,\n",
        [(3, "value")],
    ),
]


@pytest.mark.parametrize(("text", "found"), WRONG)
def test_wrong_files(text, found):
    assert findings(text) == found


def test_a_wrong_line_takes_the_whole_file_with_it_in_words_without_values():
    read = inputs.read((HEADER + "opening_hours,2019-20Q1,ZZsecret,\nopening_hours,2019-20Q2,84,\n").encode())
    assert [(each.line, each.column) for each in read.findings] == [(2, "value")]
    assert "ZZsecret" not in str(read.findings)


@pytest.mark.parametrize("data", [HEADER.encode("utf-16"), HEADER.encode() + b"opening_hours,2019-20Q1,8\xa3,\n"])
def test_another_encoding_is_refused(data):
    assert [(each.line, each.problem.split(":")[0]) for each in inputs.read(data).findings] == [(0, "it is not UTF-8")]


def test_a_byte_order_mark_and_crlf_as_spreadsheets_write_them_are_taken():
    data = b"\xef\xbb\xbf" + (HEADER + "opening_hours,2019-20Q1,84,\n\n").replace("\n", "\r\n").encode()
    assert inputs.read(data).given == (inputs.Given("opening_hours", "2019-20Q1", "84", ""),)


def test_a_huge_file_is_refused_unread():
    assert findings(b"x" * (inputs.MOST_BYTES + 1)) == [(0, "")]


def test_shares_may_be_rounded():
    thirds = "".join(f"police_share gender {name},2019-20,0.334,\n" for name in ("female", "male", "other"))
    assert findings(HEADER + thirds) == []


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_and_never_a_fault(text: str):
    read = inputs.read((HEADER + text).encode("utf-8", "surrogatepass"))
    assert read.findings or read.given


# --- what counts for a quarter ----------------------------------------------------------------------

HELD = [
    ("baseline access_volume", "2017-18", "1"),
    ("baseline access_volume", "2018-19", "2"),
    ("baseline access_volume", "2020-21", "3"),
    ("opening_hours", "2019-20Q1", "84"),
    ("opening_hours", "2019-20Q2", "85"),
    ("payroll_headcount", "2019-06", "44"),
    ("payroll_headcount", "2019-07", "45"),
    ("police_share gender female", "2018-19", "0.5"),
    ("police_share gender male", "2018-19", "0.5"),
    ("police_share gender female", "2019-20", "0.6"),
    ("police_share age not_given", "2018-19", "0.1"),
    ("a key of old", "2019-20Q1", "1"),
]


@pytest.mark.parametrize(
    ("quarter", "found"),
    [
        (
            "2019-20Q1",
            {
                "baseline access_volume": "2",
                "opening_hours": "84",
                "payroll_headcount": "44",
                "police_share gender female": "0.6",
                "police_share age not_given": "0.1",
            },
        ),
        (
            "2018-19Q4",
            {
                "baseline access_volume": "2",
                "police_share gender female": "0.5",
                "police_share gender male": "0.5",
                "police_share age not_given": "0.1",
            },
        ),
        (
            "2021-22Q1",
            {
                "baseline access_volume": "3",
                "police_share gender female": "0.6",
                "police_share age not_given": "0.1",
            },
        ),
        ("2016-17Q1", {}),
    ],
)
def test_what_counts(quarter, found):
    rows = [dict(zip(("key", "period", "value"), each, strict=True)) for each in HELD]
    asked = pa.Table.from_pylist(rows, quarterly_kinds.ASKED["inputs"])
    assert inputs_held.values(inputs_held.counting(asked, parse(quarter))) == found


def test_a_quarter_lacks_what_it_measures_and_nobody_gave():
    lacks = {(each.key, each.period) for each in inputs_held.lacking([], parse("2019-20Q1"))}
    assert {
        ("baseline access_volume", "2019-20"),
        ("opening_hours", "2019-20Q1"),
        ("payroll_headcount", "2019-04"),
        ("payroll_headcount", "2019-06"),
        ("narrative summary", "2019-20Q1"),
        ("police_share age 18_to_24", "2019-20"),
    } <= lacks
    keys = {key for key, _ in lacks}
    assert not keys & {"partners", "baseline best_evidence", "police_share gender not_given"}
    later = {each.key for each in inputs_held.lacking([], parse("2020-21Q1"))}
    assert later - keys == {
        "partners",
        "partners_arrangements",
        *(
            f"baseline {name}"
            for name in (
                "best_evidence",
                "priority_groups",
                "priority_groups_witnesses",
                "repeat_victims",
                "entitlements",
                "entitlements_witness_charter",
                "victim_statements",
            )
        ),
    }


def test_nothing_lacks_where_all_was_given():
    quarter = parse("2020-21Q1")
    given = [(each.key, each.period) for each in inputs_held.lacking([], quarter)]
    assert inputs_held.lacking(given, quarter) == []
    assert [each.key for each in inputs_held.lacking(given[1:], quarter)] == [given[0][0]]


def test_a_share_is_a_fraction_and_a_count_is_a_count():
    held = {"partners": "1", "partners_arrangements": "1", "opening_hours": "84.50"}
    assert isinstance(inputs_held.as_number("partners", held), Fraction)
    assert isinstance(inputs_held.as_number("partners_arrangements", held), int)
    assert inputs_held.as_number("opening_hours", held) == Fraction(169, 2)
    assert inputs_held.as_number("supply_chain", held) is None


@given(st.one_of(st.integers(0, 10**9), st.fractions()))
def test_a_number_is_the_same_after_it_was_kept(value):
    again = quarterly_kinds.number(quarterly_kinds.exact(value))
    assert (again, type(again)) == (value, type(value))


# --- the definitions --------------------------------------------------------------------------------


def test_narrative_and_what_staff_give_are_rows_of_the_return_and_back():
    rows = {f"narrative {row.key}" for row in catalogue.table("quarterly", "narrative").rows}
    assert rows == {key for key in inputs.known() if key.startswith("narrative ")}
    indicators = {row.key for row in catalogue.table("quarterly", "kpi").rows}
    assert {key.removeprefix("baseline ") for key in inputs.known() if key.startswith("baseline ")} <= indicators
    shares = {key.removeprefix("police_share ") for key in inputs.known() if key.startswith("police_share ")}
    represented = {row.key for row in catalogue.table("quarterly", "representation").rows}
    assert shares == {key for key in represented if not key.endswith((" known", " total"))}


DEFINED = ",".join(inputs.SHAPE.header)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("a,words,year,period,,R1,yes,says", "kind"),
        ("a,text,week,period,,R1,yes,says", "per"),
        ("a,text,year,ever,,R1,yes,says", "lasts"),
        ("a,number,year,period,two,R1,yes,says", "decimals"),
    ],
)
def test_a_broken_definition_is_refused(tmp_path: Path, line: str, problem: str):
    (tmp_path / "inputs.csv").write_text(f"{DEFINED}\n{line}\n", encoding="utf-8")
    with pytest.raises(MappingInvalid) as refused:
        inputs.known(tmp_path)
    assert problem in str(refused.value)
