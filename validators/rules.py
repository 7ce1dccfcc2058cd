"""Every rule that a row can break and every reason to refuse a file: id, what operators read, who puts it right.

Ids are kept in the ledger and in what senders get back: they may be added, never renamed. docs/rules.md is generated
from here and from the tested examples (tests/validators/rules/). Source: interfaces/outcomes.md, Rows and Files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

SENDER: Final = "the sender, in its own system"
US: Final = "us, in mappings/"
NOBODY: Final = "nobody; it is kept as sent"


@dataclass(frozen=True, slots=True)
class Rule:
    """What can be wrong with a row. `quarantine`: the row is kept aside; `warning`: it goes on."""

    id: str
    severity: Literal["quarantine", "warning"]
    says: str
    fixed_by: str
    found_by: Literal["reader", "checks", "mappings"] = "checks"


@dataclass(frozen=True, slots=True)
class FileReason:
    """Why nothing of a file is loaded. `refuse`: only a correct file helps; `stop`: an operator decides."""

    id: str
    says: str
    do: str
    severity: Literal["refuse", "stop"] = "refuse"


_RULES: Final = (
    # Found by the reader: the row has no fields that could be trusted, so these name no column.
    Rule("fields", "quarantine", "The row has more or fewer fields than the header.", SENDER, "reader"),
    Rule(
        "quoting",
        "quarantine",
        "A quotation mark stands where RFC 4180 allows none, or one is never closed.",
        SENDER,
        "reader",
    ),
    Rule(
        "line_end",
        "quarantine",
        "A line ends inside a field that is not a note, or unlike the other lines of the file.",
        SENDER,
        "reader",
    ),
    Rule(
        "control_character",
        "quarantine",
        "The row holds a control character, or an invisible one that changes how text is read.",
        SENDER,
        "reader",
    ),
    Rule("encoding", "quarantine", "The row holds a byte that the encoding of the feed lacks.", SENDER, "reader"),
    # Found by the checks.
    Rule("blank", "quarantine", "The field is blank, and the row cannot be placed without it.", SENDER),
    Rule("key_shape", "quarantine", "This part of the key has not the shape that the feed's references have.", SENDER),
    Rule("closed_list", "quarantine", "The value is not one of those that the column may hold.", SENDER),
    Rule("code_shape", "quarantine", "The code has not the shape that codes of its list have.", SENDER),
    Rule("number", "quarantine", "The value is not a number of the kind and size that the column holds.", SENDER),
    Rule("date_format", "quarantine", "The date or time is not written in the format of the feed.", SENDER),
    Rule(
        "date_impossible",
        "quarantine",
        "There is no such day or time in the calendar, or it lies before 1850.",
        SENDER,
    ),
    Rule("date_future", "quarantine", "The day had not come yet in London when the file was checked.", SENDER),
    Rule("ho_code_blank", "quarantine", "The row is a crime and has no Home Office code.", SENDER),
    Rule(
        "name_characters",
        "warning",
        "The name has characters that are unusual in names, or more than 35 of them.",
        NOBODY,
    ),
    Rule(
        "mojibake",
        "warning",
        "An accent was damaged before the row was sent: two odd characters stand in its place.",
        SENDER,
    ),
    Rule("postcode_shape", "warning", "This is no United Kingdom postcode; it is kept and not used.", SENDER),
    Rule("phone_shape", "warning", "This is no phone number; it is kept and not used for contact.", SENDER),
    Rule("email_shape", "warning", "This is no e-mail address; it is kept and not used for contact.", SENDER),
    Rule(
        "age_birth_date",
        "warning",
        "The age is not that of the birth date on the day of recording, or is above 120.",
        SENDER,
    ),
    Rule("date_order", "warning", "The offence ends before it begins; both dates are kept.", SENDER),
    Rule("filler", "warning", "The value only fills the field; it is read as blank.", SENDER),
    # Found when codes are looked up.
    Rule("ho_code_unknown", "quarantine", "The Home Office code is in no list that we have.", US, "mappings"),
    Rule(
        "ho_code_untold",
        "warning",
        "The crime has no Home Office code; it counts as other crime.",
        SENDER,
        "mappings",
    ),
    Rule("nfib_code_unknown", "quarantine", "The NFIB code is in no list that we have.", US, "mappings"),
    Rule(
        "borough_unknown",
        "warning",
        "The borough is spelled in no way that we know; it counts as not given.",
        US,
        "mappings",
    ),
    Rule(
        "clock_change",
        "warning",
        "The clocks changed in that hour, so the time is kept as text and not as a moment.",
        NOBODY,
        "mappings",
    ),
    Rule(
        "class_inferred",
        "warning",
        "Neither title nor date decides between the classes of the code; its crime category is certain.",
        NOBODY,
        "mappings",
    ),
)
RULES: Final = {rule.id: rule for rule in _RULES}

_AGAIN: Final = "Ask the sender for a correct file under the same name; it is taken in by itself when it comes."
_SAFETY: Final = "Load nothing by hand. Call the sender on a known number and ask what was sent, and with which key."

_FILE_REASONS: Final = (
    FileReason("header", "The columns are not those of the feed, or stand in another order.", _AGAIN),
    FileReason("encoding", "The file is not in the encoding of the feed.", _AGAIN),
    FileReason(
        "not_text", "The file is not a text file of ours: a workbook, an archive, a web page or the like.", _AGAIN
    ),
    FileReason(
        "size", "The file, a record or a field is larger than the feed allows, or there are too many rows.", _AGAIN
    ),
    FileReason("trailer", "The trailer does not agree with the file: rows or CRC-32 differ.", _AGAIN),
    FileReason("manifest", "The manifest cannot be read, or does not agree with the file.", _AGAIN),
    FileReason("name", "The name is not one that the source's files have.", _AGAIN),
    FileReason(
        "sequence_reused",
        "The number of the file was used before, for another business day.",
        "Ask the sender which of the two files is right, and for a new number for the other.",
    ),
    FileReason(
        "business_date",
        "The day in the name of the file has not come yet, and would make every later file an old one.",
        "Ask the sender to send it again under its right day.",
    ),
    FileReason("not_encrypted", "The source has to encrypt or sign its files, and this one is not.", _SAFETY),
    FileReason("signature", "The signature is missing, or is not by the key that was agreed with the source.", _SAFETY),
    FileReason(
        "unreadable",
        "The file is encrypted and does not open: another key, or damaged on its way.",
        "See our keys with: lvws keys list. Send the sender our public keys again, and ask for the file again.",
    ),
    FileReason(
        "statement_unreadable",
        "The roster cannot be opened.",
        "Ask finance to save it anew as an Excel workbook (.xlsx) or as CSV UTF-8, and to send it again.",
    ),
    FileReason(
        "roster",
        "Something in the roster is wrong, or does not fit together. Nothing of it is stored.",
        "See each place with: lvws show. Finance has the same list; it corrects them and sends the whole roster again.",
    ),
    FileReason(
        "too_many_broken",
        "More than 20 % of the rows, and at least 10, are broken.",
        "Look at the findings with: lvws show. Then ask the sender for a correct file; or load the sound rows and "
        "quarantine the others: lvws rerun --accept-quarantine.",
        "stop",
    ),
)
FILE_REASONS: Final = {reason.id: reason for reason in _FILE_REASONS}


def is_quarantined(rule: str) -> bool:
    """Whether a row that breaks the rule is kept aside."""
    return RULES[rule].severity == "quarantine"
