"""Rows that are broken, each in one way, made from what the layout says of its columns (interfaces: outcomes, Rows)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from synth.faults.cases import Step, Story, Values, broken, names_of
from synth.faults.ground import event_values
from validators.case_event import EVENTS
from validators.layout import Column, Kind, Layout

SAYS: Final = {
    "fields_more": "A comma that nobody quoted makes a field too many.",
    "fields_fewer": "A field is left out, so that all after it would move to the left.",
    "blank_line": "A line of the file is blank.",
    "quote_stray": "A quotation mark stands in the middle of a field that is not quoted.",
    "quote_unclosed": "A quotation mark is opened and never closed; the row after it is sound and must stay so.",
    "line_end_in_field": "A line ends inside a field that is no note.",
    "line_end_other": "A row ends in another kind of line end than its file.",
    "control_character": "A field holds a control character: a tab, a bell, NUL, Ctrl-Z, a carriage return alone.",
    "invisible_character": "A field holds a character that nobody sees and that changes how text is read.",
    "byte_lacking": "A field holds a byte, or bytes, that the encoding of the feed does not have.",
    "key_blank": "A part of the key is blank.",
    "key_malformed": "A part of the key has another shape than the feed's references.",
    "blank_needed": "A column is blank that no row can be without.",
    "not_in_list": "A value is not one of the closed list of its column.",
    "code_malformed": "A code has another shape than the codes of its list.",
    "number_malformed": "A number is too large, or written with a separator.",
    "date_other_format": "A date or time is written in another format than the feed's.",
    "date_impossible": "A date or time is not in the calendar, or before 1850.",
    "date_to_come": "A date lies in the future that may not.",
    "ho_code_blank": "A crime comes without a Home Office code.",
    "ho_code_unknown": "A Home Office code is in no list.",
    "nfib_code_unknown": "An NFIB code is in no list.",
    "consent_blank": "The answer about support is blank, in a feed that always has to say it.",
    "event_wrong_value": "An event says what events of its kind cannot say.",
    "event_lacks_value": "An event leaves out what events of its kind have to say.",
}

_MALFORMED: Final = {
    "crime_reference": ("4217653-19", "4217653/2019"),
    "viw_number": ("0", "1000"),
    "reference": ("AF19060001",),
    "referral_reference": ("19060001",),
    "witness_reference": ("19/0001",),
    "event_id": ("E 1",),
    "referral_source": ("Mps", "unheard_of"),
    "ho_code": ("49/10",),
    "nfib_code": ("NFIB",),
    "language": ("eng",),
    "police_force": ("1",),
    "age": ("121",),
    "dash_score": ("28",),
    "loss_gbp": ("1,250.00",),
}
_FAULT_OF_RULE: Final = {
    "key_shape": "key_malformed",
    "code_shape": "code_malformed",
    "closed_list": "not_in_list",
    "number": "number_malformed",
}
_TIMES: Final = {Kind.MOMENT: (" 10:15", " 24:15"), Kind.INSTANT: ("T10:15:00+00:00", "T24:15:00+00:00")}
_DATES: Final = {
    # another format, impossible, to come
    "dd/mm/yyyy": (("2019-06-02", "2/6/2019"), ("31/02/1980", "12/31/2018", "03/06/1449"), "01/01/2999"),
    "yyyy-mm-dd": (("02/06/2019", "2019-6-2"), ("1980-02-31", "2018-31-12", "1449-06-03"), "2999-01-01"),
}
_ASCII: Final = {"a bell": b"\x07", "a tab": b"\t", "NUL": b"\0", "Ctrl-Z": b"\x1a", "delete": b"\x7f", "CR": b"\r"}
_INVISIBLE: Final = ("\x85", "\u2028", "\u202e", "\ufeff", "\ufffd")  # next line, line separator, turned around, marks
_LACKING: Final = {"cp1252": (b"\x81", b"\x9d"), "utf-8": (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xc3")}


def stories(layout: Layout) -> Iterator[Story]:
    """One row for each way to break one of the layout."""
    yield from _damaged(layout)
    for column in layout.columns:
        yield from _column(layout, column)
    for needed in layout.needed:
        yield broken("ho_code_blank", needed.rule, {needed.when: needed.among[0], needed.column: ""})
    if layout.form == "event":
        yield from _of_events(layout)
    if "ho_code" in layout.names:
        yield broken("ho_code_unknown", "ho_code_unknown", {"ho_code": "999/99"})
    if "nfib_code" in layout.names:
        yield broken("nfib_code_unknown", "nfib_code_unknown", {"nfib_code": "NFIB99Z"})


# --- bytes -----------------------------------------------------------------------------------------


def _damaged(layout: Layout) -> Iterator[Story]:
    """Records that cannot be split or read, in a column that any text may stand in."""
    column = free_column(layout)
    yield _raw("fields_more", "fields", column, b"Zedfield,again")
    yield _raw("fields_fewer", "fields", column, None)
    yield Story("blank_line", (Step("quarantined", "fields", blank_line=True, finding="fields"),))
    yield _raw("quote_stray", "quoting", column, b'Zed"field')
    for name in (column, *(each.name for each in layout.columns if each.multiline)):
        yield _raw("quote_unclosed", "quoting", name, b'"Zedfield')
    yield _raw("line_end_in_field", "line_end", column, b'"Zed\nfield"')
    yield Story("line_end_other", (Step("quarantined", "line_end", other_end=True, finding="line_end"),), followed=True)
    for byte in _ASCII.values():
        yield _raw("control_character", "control_character", column, b"Zed" + byte + b"field")
    if layout.encoding != "cp1252":
        for character in _INVISIBLE:
            yield _raw("invisible_character", "control_character", column, b"Zed" + character.encode() + b"field")
    for lacking in _LACKING["cp1252" if layout.encoding == "cp1252" else "utf-8"]:
        yield _raw("byte_lacking", "encoding", column, b"Zed" + lacking + b"field")


def _raw(fault: str, rule: str, column: str, value: bytes | None) -> Story:
    return Story(fault, (Step("quarantined", rule, raw={column: value}, finding=rule),), followed=True)


def free_column(layout: Layout) -> str:
    """A column of one line of any text, which is not the last."""
    free = [
        column.name for column in layout.columns if column.kind is Kind.TEXT and not column.multiline | column.required
    ]
    return free[len(free) // 2]


# --- columns ---------------------------------------------------------------------------------------


def _column(layout: Layout, column: Column) -> Iterator[Story]:
    """Every rule that the column alone can break; a key's shape and a blank are told as such."""
    if column.required:
        yield broken(_fault_of_blank(layout, column), "blank", {column.name: ""})
    if column.kind is Kind.CODE:
        yield broken("not_in_list", "closed_list", {column.name: _other_case(column.codes[0])})
    elif column.kind is Kind.CODES:
        yield broken("not_in_list", "closed_list", {column.name: ",".join(column.codes[:2])})
    elif column.kind in {Kind.SHAPE, Kind.NUMBER}:
        for value in _MALFORMED[column.name]:
            yield broken(_FAULT_OF_RULE[column.rule], column.rule, {column.name: value})
    elif column.kind in {Kind.DATE, Kind.DAY_TO_COME, Kind.BIRTH_DATE, *_TIMES}:
        yield from _dates(layout, column)


def _fault_of_blank(layout: Layout, column: Column) -> str:
    if column.name in layout.key_columns:
        return "key_blank"
    return "consent_blank" if column.name == "support_consent" else "blank_needed"


def _other_case(code: str) -> str:
    return code.lower() if code != code.lower() else code.upper()


def _dates(layout: Layout, column: Column) -> Iterator[Story]:
    """By turns of the column's place in the layout, so that a file shows every form and holds few of them."""
    formats, impossible, to_come = _DATES[layout.date_order]
    turn = layout.names.index(column.name)
    time, no_time = _TIMES.get(column.kind, ("", ""))
    wrong = formats[turn % len(formats)] + time
    yield broken("date_other_format", "date_format", {column.name: wrong})
    real_day = to_come.replace("2999", "2018")
    unreal = real_day + no_time if no_time else impossible[turn % len(impossible)]
    yield broken("date_impossible", "date_impossible", {column.name: unreal})
    if no_time:
        yield broken("date_impossible", "date_impossible", {column.name: impossible[turn % len(impossible)] + time})
    if column.kind is Kind.INSTANT:
        yield broken("date_other_format", "date_format", {column.name: real_day + "T10:15:00"})
    if column.kind is not Kind.DAY_TO_COME:
        yield broken("date_to_come", "date_future", {column.name: to_come + time})


# --- events ----------------------------------------------------------------------------------------


def _of_events(layout: Layout) -> Iterator[Story]:
    """What the kind of an event allows in the columns that depend on it."""
    assert names_of(layout, Kind.CODE) == ("event",)
    for event in EVENTS:
        sound: Values = event_values(event)
        for choice in (each for each in layout.choices if each.value == event):
            if choice.codes:
                wrong = {**sound, choice.column: "6" if choice.codes[0] == "1" else "elsewhere"}
                yield broken("event_wrong_value", "closed_list", wrong)
            if choice.required:
                yield broken("event_lacks_value", "blank", {**sound, choice.column: ""})
