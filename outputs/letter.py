"""The monthly letter to a sender about the quality of its data: figures in, text out. Drafted, for a person to send.

Markdown that reads well as plain text. Keys, lines, files, codes, columns and counts only; the code of each fault
stands beside its words, because the sender's rejects files name it so.
"""

from __future__ import annotations

from datetime import date

from exchange.ledger.quality import Example, Fault, Month, StillOpen
from exchange.ledger.rejects import ASKED
from exchange.sources import SOURCES
from mappings.triage_rules import load_rules
from validators.rules import FILE_REASONS, RULES, SENDER, US


def write(month: Month) -> str:
    """The letter's text, ending in a line end."""
    parts = [_head(month), _came(month), _wrong(month), _mended(month), _still_open(month), _safety(month), _end()]
    return "\n\n".join(part for part in parts if part) + "\n"


def faultless(month: Month) -> bool:
    """Whether everything that came in the month was as agreed, and in time."""
    return not (month.files.refused or month.files.late or any(fault.rows for fault in month.faults))


def _head(month: Month) -> str:
    so_far = "" if month.asked > month.last else " The month is not over yet."
    return (
        f"# Quality of your data in {_month(month.first)}\n\n"
        f"- To: {SOURCES[month.source].sender}\n"
        "- From: London Victim and Witness Service\n"
        f"- Drafted: {_day(month.asked)}\n\n"
        f"This letter is about your files with business days from {_day(month.first)} to {_day(month.last)}.{so_far} "
        "It names no person. References are your own."
    )


def _came(month: Month) -> str:
    files, rows = month.files, month.rows
    lines = [
        f"- {_count(files.loaded, 'file')} with rows and {_count(files.nil, 'file')} without any were taken in."
        + (f" {files.restated} of them replaced an earlier one of the same name." if files.restated else ""),
    ]
    if files.late:
        lines.append(f"- {_count(files.late, 'file')} came later than the day after the business day.")
    if files.repeated:
        lines.append(f"- {_count(files.repeated, 'file')} held what we had already; nothing was counted twice.")
    if files.unfinished:
        lines.append(f"- {_count(files.unfinished, 'file')} we have not finished taking in.")
    lines += [
        f"- Refused as a whole, nothing of it taken in: {file} (`{code}`). "
        f"{FILE_REASONS[code].says if code in FILE_REASONS else ''} Please send a correct file."
        for file, code in month.files.refused
    ]
    if rows.rows:
        lines.append(f"- {_count(rows.rows, 'row')}: {_outcomes(month)}.")
    return "## What came\n\n" + "\n".join(lines)


def _outcomes(month: Month) -> str:
    rows = month.rows
    told = [
        (rows.created, "new"),
        (rows.updated, "changed something that we knew"),
        (rows.withdrawn, "closed something that we knew"),
        (rows.duplicate, "said nothing new"),
        (rows.waiting, "waiting for the referral that they belong to"),
        (rows.quarantined, "broken"),
        (rows.excluded, "we may not keep"),
    ]
    verb = "needs" if rows.nothing_to_mend == 1 else "need"
    nothing = f" ({rows.nothing_to_mend} of these {verb} nothing from you)" if rows.nothing_to_mend else ""
    return ", ".join(f"{count} {words}" for count, words in told if count) + nothing


def _wrong(month: Month) -> str:
    now = [fault for fault in month.faults if fault.rows]
    gone = [fault for fault in month.faults if not fault.rows]
    ended = [f"Not seen any more since last month: {', '.join(_name(fault) for fault in gone)}. Thank you."] * bool(
        gone
    )
    if not now:
        praise = [f"Everything that you sent in {_month(month.first)} was right, and in time: thank you."]
        return "\n\n".join(["## What was wrong", *(praise if faultless(month) else ["No row was wrong."]), *ended])
    before = month.first.replace(day=1)
    header = f"| what | column | {_month(month.first)} | the month before | since | what to do |"
    table = [header, "|---|---|---:|---:|---|---|"]
    table += [
        f"| {_says(fault)} (`{fault.code}`) | {fault.column} | {fault.rows} | {fault.before} "
        f"| {'this month' if fault.since >= before else _day(fault.since)} | {_do(fault)} |"
        for fault in now
    ]
    return "\n\n".join(["## What was wrong, and what to do", "\n".join(table), *ended])


def _name(fault: Fault) -> str:
    return f"`{fault.code}`" + (f" in {fault.column}" if fault.column else "")


def _says(fault: Fault) -> str:
    return (RULES[fault.code].says if fault.code in RULES else load_rules().reason(fault.code).says).rstrip(".")


def _do(fault: Fault) -> str:
    if fault.code in ASKED:
        return ASKED[fault.code]
    if fault.code not in RULES:
        return load_rules().reason(fault.code).do
    if RULES[fault.code].fixed_by == US:
        return "Check the code. If it is right, tell us which list it is from: we add it, and you send the row again."
    assert RULES[fault.code].fixed_by == SENDER
    return "Correct it in your system and send the row again."


def _mended(month: Month) -> str:
    mended = month.mended
    if not mended.rejects:
        return ""
    longest, median = mended.longest_days or 0, mended.median_days or 0
    text = (
        f"{_count(mended.rejects, 'earlier fault')} {'was' if mended.rejects == 1 else 'were'} put right in "
        f"{_month(month.first)}. The median time was {median:g} {'day' if median == 1 else 'days'}, the longest "
        f"{_count(longest, 'day')}, counted from the day on which we told you."
    )
    ours = f" {mended.by_us} of them we settled ourselves; they need no answer." if mended.by_us else ""
    return f"## What was put right\n\n{text}{ours}"


def _still_open(month: Month) -> str:
    if not month.still_open:
        return ""
    lines = [_open_line(each) for each in month.still_open]
    keys = [_example(each) for each in month.oldest]
    return "\n\n".join(
        [
            f"## Still open on {_day(month.asked)}",
            "\n".join(lines),
            "The oldest; your rejects files have them all:" if len(keys) > 1 else "This is:",
            "\n".join(keys),
        ]
    )


def _open_line(each: StillOpen) -> str:
    return f"- {each.rejects} for `{each.code}`, since {_day(each.since)}"


def _example(each: Example) -> str:
    what = each.key if each.key is not None else f"line {each.line} of {each.file}, which has no usable reference"
    return f"- {what}: `{each.code}`, told on {_day(each.since)}"


def _safety(month: Month) -> str:
    safety = month.safety
    if not safety.referrals:
        return ""
    lines = [f"- {safety.without_phone} of {_count(safety.referrals, 'referral')} without a phone number that works."]
    if safety.domestic_abuse:
        of = f"{_count(safety.domestic_abuse, 'referral')} about domestic abuse"
        lines += [
            f"- {safety.without_safe_contact} of {of} without a word on whether contact is safe (`safe_to_contact`).",
            f"- {safety.without_risk} of {of} without the level of risk (`dash_risk`).",
        ]
    return (
        "## What people's safety hangs on\n\n"
        f"Referrals of {_month(month.first)}, as we know them today:\n\n" + "\n".join(lines)
    )


def _end() -> str:
    return (
        "The rejects file beside each of your files names every row with its line, column and code. What you send "
        "again is taken in by itself. If something here is not clear, or wrong, please call us."
    )


def _month(first: date) -> str:
    return f"{first:%B %Y}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
