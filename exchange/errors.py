"""Every failure that an operator can meet, sorted by what can be done about it.

A class says what happened (`says`), whether trying again can help (`retryable`), what to do (`do`) and
with which exit code the command ends (interfaces: command-line). Facts are ids, counts, lines, names of
columns, rules, sources and files; never a value of a person's record, and never another library's text.
docs/errors.md is generated from this module, which imports nothing of ours.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, ClassVar

Fact = str | int | float | datetime.date | datetime.datetime | None

EXIT_DONE = 0
EXIT_OUR_FAULT = 1
EXIT_WRONG_USE = 2
EXIT_INPUT_REFUSED = 3
EXIT_AWAY = 4
EXIT_UNSAFE = 5
EXIT_BUSY = 6
EXIT_NOT_FOUND = 7

# Of several causes the first of these decides with which code the command ends (interfaces: command-line).
EXIT_PRECEDENCE = (EXIT_UNSAFE, EXIT_OUR_FAULT, EXIT_INPUT_REFUSED, EXIT_AWAY, EXIT_BUSY)


class ExchangeError(Exception):
    """A failure that an operator can meet; its text is what happened and what to do now."""

    code: ClassVar[str] = "E000"
    exit_code: ClassVar[int] = EXIT_OUR_FAULT
    retryable: ClassVar[bool] = False
    says: ClassVar[str] = "Something went wrong that has no name yet."
    do: ClassVar[str] = "Report the code and the time to the maintainers."

    def __init__(self, **facts: Fact) -> None:
        self.facts = facts
        super().__init__(" ".join((self.code, *self.sentences)))

    def __reduce__(self) -> tuple[Any, ...]:
        """So that a process may hand it to another one, whatever its own beginnings take."""
        return _again, (type(self), self.facts, {k: v for k, v in vars(self).items() if k != "facts"})

    @property
    def sentences(self) -> tuple[str, str]:
        """What happened, and what to do now."""
        return self.says.format_map(_Known(self.facts)), self.do.format_map(_Known(self.facts))


def _again(kind: type[ExchangeError], facts: dict[str, Fact], more: dict[str, Any]) -> ExchangeError:
    made = kind.__new__(kind)
    vars(made).update(more)
    ExchangeError.__init__(made, **facts)
    return made


class _Known(dict[str, Fact]):
    """Facts for a sentence; one that was not given shows as a question mark and never fails an error."""

    def __missing__(self, key: str) -> str:
        return "?"


# --- wrong use -------------------------------------------------------------------------------------


class WrongUse(ExchangeError):
    """The command was given something that it cannot take."""

    code = "E201"
    exit_code = EXIT_WRONG_USE
    says = "{what}"
    do = "See: lvws --help."


class SettingsInvalid(ExchangeError):
    """lvws.toml or an LVWS_ variable is not as described in docs/settings.md."""

    code = "E202"
    exit_code = EXIT_WRONG_USE
    says = "The setting {setting} is not valid: {problem}."
    do = "Correct it in {where}; docs/settings.md describes every setting."


class NothingConfigured(ExchangeError):
    """No source has an [sftp.<source>] block, so there is nothing to pull."""

    code = "E203"
    exit_code = EXIT_WRONG_USE
    says = "No source is set up: {where} has no [sftp.<source>] block."
    do = "Add one for each sender (docs/settings.md), or try the service with: lvws demo."


class AnswerNeeded(ExchangeError):
    """A command that changes data asks first, and nobody can answer here."""

    code = "E204"
    exit_code = EXIT_WRONG_USE
    says = "This would change data ({change}), and nobody can answer here."
    do = "Run it at a terminal, or add --yes."


class OutputInTheWay(ExchangeError):
    """A command makes files, and something is in their place."""

    code = "E205"
    exit_code = EXIT_WRONG_USE
    says = "There is something in {name} already."
    do = "Nothing was overwritten. Name another place, or empty that one yourself."


class NotFound(ExchangeError):
    """The run, file or key that was named is not known."""

    code = "E701"
    exit_code = EXIT_NOT_FOUND
    says = "There is no {what} {name}."
    do = "List what there is with: {list_with}."


# --- the database ----------------------------------------------------------------------------------


class DatabaseAway(ExchangeError):
    """PostgreSQL does not answer."""

    code = "E301"
    exit_code = EXIT_AWAY
    retryable = True
    says = "The database does not answer ({sqlstate})."
    do = "What was under way is wholly done or not at all. See lvws doctor, then run the same command again."


class DatabaseNotStarted(ExchangeError):
    """The embedded PostgreSQL could not be started."""

    code = "E302"
    says = "The embedded database under {home} could not be started."
    do = "Its own log is {home}/postgres/log. Check free disk and permissions with: lvws doctor."


class MigrationNeeded(ExchangeError):
    """The database belongs to another release."""

    code = "E303"
    exit_code = EXIT_WRONG_USE
    says = "The database is at {found} and this release needs {needed}."
    do = "Run: lvws migrate."


class DatabaseTooNew(ExchangeError):
    """The database was migrated by a newer release than this one."""

    code = "E304"
    exit_code = EXIT_WRONG_USE
    says = "The database is at {found}, which this release does not know; it needs {needed}."
    do = "Use the release that migrated it; lvws migrate cannot go back."


class DatabaseUnsupported(ExchangeError):
    """PostgreSQL is older than 15."""

    code = "E305"
    exit_code = EXIT_WRONG_USE
    says = "The database server is PostgreSQL {found}; 15 or newer is needed."
    do = "Point database_url at a newer server, or leave it blank for the embedded one."


class DatabaseRefused(ExchangeError):
    """PostgreSQL refused a statement of ours."""

    code = "E306"
    says = "The database refused a statement while {doing} ({sqlstate}, {constraint})."
    do = "Nothing of it was kept. Run the command again; if it comes back, report the code, the run and the time."


class PermissionMissing(ExchangeError):
    """The database role may not do what was asked."""

    code = "E307"
    exit_code = EXIT_UNSAFE
    says = "The database role has no permission for {doing}."
    do = "Run: lvws migrate with the owner's database_url, which grants the roles again."


# --- the sender's server ---------------------------------------------------------------------------


class ServerAway(ExchangeError):
    """The sender's SFTP server cannot be reached, or stopped answering."""

    code = "E401"
    exit_code = EXIT_AWAY
    retryable = True
    says = "{source}: the server {host}:{port} did not answer while {doing}."
    do = "Nothing was lost; run the same command again later. If it lasts, call the server's service desk."


class LoginRefused(ExchangeError):
    """The sender's server does not accept our key."""

    code = "E402"
    exit_code = EXIT_AWAY
    says = "{source}: the server {host}:{port} refused our login as {username}."
    do = "Ask the sender whether our public key is still registered; see it with: lvws doctor."


class FolderMissing(ExchangeError):
    """A remote folder is not there, or may not be read or written."""

    code = "E403"
    exit_code = EXIT_AWAY
    says = "{source}: the folder for {doing} is not there or may not be used."
    do = "Compare outgoing, incoming and done in [sftp.{source}] with what the sender gave us."


class FileChanging(ExchangeError):
    """A file changed between the look before the fetch and the look after it."""

    code = "E404"
    exit_code = EXIT_DONE
    retryable = True
    says = "{source}: a file is still being written."
    do = "It is left for the next run."


class UploadFailed(ExchangeError):
    """A file for a sender or another service could not be put on its server, and the server does not hold it either."""

    code = "E405"
    exit_code = EXIT_AWAY
    retryable = True
    says = "{source}: a file for it could not be delivered."
    do = "It waits in the outbox and is sent the next time: run the same command again."


class LimitPassed(ExchangeError):
    """The server shows or sends more than a sender may."""

    code = "E406"
    exit_code = EXIT_INPUT_REFUSED
    says = "{source}: {what} passes the limit of {limit}."
    do = "Ask the sender what happened; if it is right, raise the limit in [sftp.{source}]."


class HostKeyChanged(ExchangeError):
    """The server shows another host key than the pinned one. Nothing was sent or fetched."""

    code = "E501"
    exit_code = EXIT_UNSAFE
    says = (
        "{source}: the server {host}:{port} shows a host key that is not the pinned one. Nothing was sent or fetched."
    )
    do = "Do not accept it. Call the sender on a known number and compare fingerprints; two people change known_hosts."


class KnownHostsUnreadable(ExchangeError):
    """known_hosts is missing, unreadable, or has no line for the server."""

    code = "E502"
    exit_code = EXIT_UNSAFE
    says = "{source}: the known_hosts file cannot be used: {problem}."
    do = "Put the sender's host key, checked by phone, into the file named by known_hosts in [sftp.{source}]."


class WeakAlgorithms(ExchangeError):
    """The server offers only algorithms that are not safe any more."""

    code = "E503"
    exit_code = EXIT_UNSAFE
    says = "{source}: the server {host}:{port} offers no safe {kind}."
    do = "Ask the sender to bring the server up to date; lvws doctor shows what it offers and what is allowed."


class KeyUnusable(ExchangeError):
    """A key of ours or of a sender is missing, has wrong permissions or cannot be read."""

    code = "E504"
    exit_code = EXIT_UNSAFE
    says = "The key {key} cannot be used: {problem}."
    do = "See lvws keys list and lvws doctor. Missing service keys are made by: lvws migrate."


class KeyDestroyed(ExchangeError):
    """What was asked for was erased: its key is gone."""

    code = "E505"
    exit_code = EXIT_NOT_FOUND
    says = "{what} is past its period: its key was destroyed on purpose and nothing can open it."
    do = "The ledger still holds its hash, lines and outcomes: lvws show."


class PermissionsTooOpen(ExchangeError):
    """A folder or file with personal data or keys can be read by others."""

    code = "E506"
    exit_code = EXIT_UNSAFE
    says = "{path} can be read by other users of this machine."
    do = "Run: chmod {mode} {path}, and find out who opened it."


# --- operators, and the steps that they sign --------------------------------------------------------


class OperatorKeyMissing(ExchangeError):
    """A step has to be signed, and no operator's key was named."""

    code = "E520"
    exit_code = EXIT_UNSAFE
    says = "This has to be signed, and LVWS_OPERATOR_KEY does not name your private key."
    do = (
        "Nothing was done. Set it to the path of your key: export LVWS_OPERATOR_KEY=... (lvws operators new makes one)."
    )


class OperatorKeyUnusable(ExchangeError):
    """An operator's private or public key is missing, of another kind, or cannot be read."""

    code = "E521"
    exit_code = EXIT_UNSAFE
    says = "The operator's key {key} cannot be used: {problem}."
    do = "Nothing was done. An unencrypted Ed25519 key is needed, PEM (PKCS8) or OpenSSH; compare lvws operators list."


class OperatorUnknown(ExchangeError):
    """The key belongs to nobody in the settings."""

    code = "E522"
    exit_code = EXIT_UNSAFE
    says = "The key in LVWS_OPERATOR_KEY belongs to no operator in {where}."
    do = "Nothing was done. Whoever looks after the settings adds [operators.<name>] with your public key."


class OperatorsShareKey(ExchangeError):
    """Two operators in the settings have one key, so that one person could pass for two."""

    code = "E523"
    exit_code = EXIT_UNSAFE
    says = "The operators {first} and {second} have the same public key in the settings."
    do = "Nothing was done. Give each person a key of their own: lvws operators new."


class SignedTwice(ExchangeError):
    """A step that needs two people would be signed by one of them twice."""

    code = "E524"
    exit_code = EXIT_UNSAFE
    says = "Step {step} has your signature already, and somebody else has to confirm or refuse it."
    do = "Nothing was done. Ask a colleague to run: lvws steps confirm {step}, or lvws steps refuse {step}."


class SignatureWrong(ExchangeError):
    """A signature of a step does not fit the public key of the operator who is said to have made it."""

    code = "E525"
    exit_code = EXIT_UNSAFE
    says = "The signature of {operator} under step {step} does not fit that operator's public key in the settings."
    do = "Nothing was done. Do not confirm it: ask {operator}, run lvws doctor, and refuse it with lvws steps refuse."


class ChangedMeanwhile(ExchangeError):
    """Somebody else, or a feed, changed what a step is about after it was looked at."""

    code = "E609"
    exit_code = EXIT_BUSY
    says = "{what} was changed by somebody else since it was looked at."
    do = "Nothing was done. Look at it again, and decide again if it is still needed."


class ReferralUnknown(ExchangeError):
    """No source has sent a referral with this key."""

    code = "E702"
    exit_code = EXIT_NOT_FOUND
    says = "There is no referral {key}."
    do = "A key is the reference and, for the police, a bar and the victim's number; put it in quotes: '1234567/19|1'."


# --- the file --------------------------------------------------------------------------------------


class FileRefused(ExchangeError):
    """A file as a whole cannot be trusted; nothing of it was loaded (interfaces: outcomes, Files)."""

    code = "E601"
    exit_code = EXIT_INPUT_REFUSED
    says = "The file was refused: {reason} {detail}"
    do = "Nothing of it was loaded. Ask the sender for a correct file; it is taken in by itself when it comes."

    def __init__(self, reason: str, **facts: Fact) -> None:
        """`reason` is one of validators.rules.FILE_REASONS; `detail` may say where, without values."""
        self.reason = reason
        super().__init__(reason=reason, **{"detail": "", **facts})


class MappingInvalid(ExchangeError):
    """A code table in mappings/ is not valid, so nothing is loaded with it."""

    code = "E603"
    says = "The code table {table} is not valid at line {line}: {problem}."
    do = "Correct the table; nothing was loaded with it."


class ChecksOff(ExchangeError):
    """Rows that are known to be bad pass the checks, or a check itself fails: no row can be trusted."""

    code = "E608"
    says = "The checks of {layout} do not work: {problem}."
    do = "Nothing was loaded. Report the code and the versions of pandera and pandas (lvws doctor) to the maintainers."


class TablesNotValid(ExchangeError):
    """A folder of mappings that was named cannot be read as a whole; nothing was compared with it."""

    code = "E610"
    exit_code = EXIT_INPUT_REFUSED
    says = "{faults} tables under {folder} are not valid, {table} at line {line} among them: {problem}."
    do = "Nothing was compared. See all of them with: lvws mappings check --tables {folder}"


class MatchingFailed(ExchangeError):
    """Comparing people failed inside a library or in a rule of ours; whoever was not compared waits in the queue."""

    code = "E611"
    says = "Finding out who is somebody known failed ({kind})."
    do = (
        "What was loaded stays, and who was not compared waits: run lvws ingest again. Should it fail again, report "
        "the code and the versions (lvws doctor) to the maintainers."
    )


# --- returns ---------------------------------------------------------------------------------------


class TablesUnprotectable(ExchangeError):
    """Small counts of a return cannot be hidden: what has to be shown, or was delivered before, tells them."""

    code = "E620"
    exit_code = EXIT_INPUT_REFUSED
    says = "{version}: small counts could be computed from what is shown and was delivered before, in: {tables}."
    do = (
        "Nothing was built. Withhold these tables in this version, or choose another setting for them "
        "(docs/disclosure.md, Where it cannot be had)."
    )

    def __init__(self, version: str, tables: Sequence[str]) -> None:
        """`version`: the return, its period and its version; `tables`: their keys."""
        self.tables = tuple(tables)
        super().__init__(version=version, tables=", ".join(tables))


class ReturnBuiltMeanwhile(ExchangeError):
    """Two commands built the same return at once, or it was approved while it was built."""

    code = "E621"
    exit_code = EXIT_BUSY
    retryable = True
    says = "{what} was built or approved by another command meanwhile."
    do = "Nothing of this build was kept. Look at lvws returns list, and build it again if that is still needed."


class ReturnDamaged(ExchangeError):
    """A file of a built return is missing, changed, or not of it."""

    code = "E622"
    exit_code = EXIT_UNSAFE
    says = "{what}: its file {name} is not what the ledger says was built."
    do = (
        "Nothing was approved or sent. A draft is made again by building it; the folder of an approved version is "
        "brought back from a copy. Find out who was in it: lvws returns list says where it is."
    )


class ReturnSuperseded(ExchangeError):
    """A version that was replaced by a later one cannot be approved or delivered any more."""

    code = "E623"
    exit_code = EXIT_INPUT_REFUSED
    says = "{what} was replaced, and is not approved or delivered any more."
    do = "Nothing was done. See which version is in force with: lvws returns list."


class BuilderApproves(ExchangeError):
    """Whoever built a return would approve it too."""

    code = "E624"
    exit_code = EXIT_UNSAFE
    says = "{what} was built by {operator}, who cannot approve it as well."
    do = "Nothing was done. Ask a colleague to look at it and run: lvws returns approve, with a key of their own."


class ReturnNotApproved(ExchangeError):
    """Only what was approved is delivered."""

    code = "E625"
    exit_code = EXIT_INPUT_REFUSED
    says = "{what} is a draft: nobody has approved it."
    do = "Nothing was sent. Somebody other than {builder} looks at it and runs: lvws returns approve."


class EarlierOnItsWay(ExchangeError):
    """A version would be approved while a part of the one before it may be on the receiver's server."""

    code = "E626"
    exit_code = EXIT_INPUT_REFUSED
    says = "{what} cannot be approved yet: the delivery of the version before it was begun and is not done."
    do = "Nothing was done. First finish that with lvws returns deliver, then approve this one."


class ApprovalWrong(ExchangeError):
    """The signature under an approval does not fit the operator's public key, or the manifest."""

    code = "E627"
    exit_code = EXIT_UNSAFE
    says = "The approval of {what} by {operator} proves nothing: {problem}."
    do = "Nothing was sent. If the operator's block was taken out of the settings, put it back; else ask {operator}."


class NotGenuine(ExchangeError):
    """A folder is not a return as it was approved and signed."""

    code = "E628"
    exit_code = EXIT_UNSAFE
    says = "{name}: {problem}."
    do = (
        "Do not use these files. Fetch them again, compare the public key by phone, and ask the service that sent them."
    )


class ReceiverNotSetUp(ExchangeError):
    """There is no server to deliver returns to."""

    code = "E629"
    exit_code = EXIT_WRONG_USE
    says = "{where} has no [sftp.{receiver}] block, so returns cannot be delivered."
    do = "Nothing was sent. Add the block (docs/returns-life.md), try it with lvws doctor, and run the command again."


class FiguresDisagree(ExchangeError):
    """Parts of a return's table do not sum to their total, or months not to their quarter: the build stops."""

    code = "E630"
    exit_code = EXIT_OUR_FAULT
    says = "The figures of {table} disagree: the parts of {total} in the column {column} do not sum to it."
    do = "Nothing was built. This is a fault of the service: send this line and the log to its maintainers."


class CountsCanBeComputed(ExchangeError):
    """The last audit before a return is kept found a hidden count that its readers could compute."""

    code = "E631"
    exit_code = EXIT_OUR_FAULT
    says = "A hidden count of {tables} could be computed from what is delivered."
    do = "Nothing was built. This is a fault of the service: send this line and the log to its maintainers."


class ReturnNotRebuilt(ExchangeError):
    """A version made again from its records is not the one that is kept."""

    code = "E632"
    exit_code = EXIT_OUR_FAULT
    says = "{what} made again from its own records is not what was kept."
    do = "Nothing was changed. Its files are checked with lvws returns verify; report the release that made it."


class CellUnknown(ExchangeError):
    """There is no such cell in the return."""

    code = "E633"
    exit_code = EXIT_NOT_FOUND
    says = "{what} has no cell {cell}, or it is none that is counted from referrals."
    do = "The keys are those of figures.csv; docs/returns.md lists all of them."


# --- what staff hand over ---------------------------------------------------------------------------


class InputsRefused(ExchangeError):
    """A file of inputs is not as docs/inputs.md says; nothing of it was stored."""

    code = "E640"
    exit_code = EXIT_INPUT_REFUSED
    says = "{file} has {faults} faults; the first {where}: {problem}."
    do = "Nothing was stored. Correct all of them (docs/inputs.md says what each key takes) and import the file again."


class FileMissing(ExchangeError):
    """A file that was named on the command line cannot be read."""

    code = "E650"
    exit_code = EXIT_NOT_FOUND
    says = "{name} in {folder} cannot be read: {problem}."
    do = "Nothing was stored. Correct the name, or the rights to the file, and run the command again."


class RosterRefused(ExchangeError):
    """A roster that was handed over is not in order; nothing of it was stored."""

    code = "E651"
    exit_code = EXIT_INPUT_REFUSED
    says = "{file} was refused: {why}"
    do = "Nothing of it was stored. Correct what is listed and hand the whole roster over again. Later: lvws show {run}"


# --- returns' workbooks -----------------------------------------------------------------------------


class WorkbookInvalid(ExchangeError):
    """What a workbook was to hold does not go into one whole: a text too long, a heading twice, a cell left blank."""

    code = "E641"
    says = "The sheet {sheet} cannot be written: {where}: {problem}."
    do = "Nothing was written. Correct the text or the definition that this cell comes from, and build again."


class WorkbookUnsafe(ExchangeError):
    """A workbook that was just written is not what was asked for: looked at again, something is wrong with it."""

    code = "E642"
    exit_code = EXIT_UNSAFE
    says = "The workbook was not handed out: {check} found {problem} on {sheet} ({faults} in all)."
    do = "Nothing was written. Report the code and the versions (lvws doctor) to the maintainers."


class TemplateInvalid(ExchangeError):
    """A funder's workbook or its cell map cannot be filled."""

    code = "E643"
    says = "The template cannot be filled: line {line} of its cell map: {problem}."
    do = "Nothing was written. Correct the cell map or the template in outputs/templates/, and fill it again."


# --- alerts ----------------------------------------------------------------------------------------


class AlertsNotSent(ExchangeError):
    """A place where alerts are told did not take them."""

    code = "E670"
    exit_code = EXIT_AWAY
    retryable = True
    says = "The alerts for {route} were not taken: {alerts} wait."
    do = "They are told again by the next lvws watch. Try its addresses with: lvws alerts try {route}"


class AlertAddressInvalid(ExchangeError):
    """The file with a route's addresses is missing, or holds none that can be used."""

    code = "E671"
    exit_code = EXIT_WRONG_USE
    says = "The addresses of the route {route} cannot be used: {problem}."
    do = "Correct {path}: one Apprise address a line, mode 0600 (docs/operations.md, Alerts)."


# --- reruns ----------------------------------------------------------------------------------------


class PreviewOutdated(ExchangeError):
    """What would be applied is not what was previewed: something came or was changed in between."""

    code = "E680"
    exit_code = EXIT_BUSY
    says = "Run {run} would do something else now than what was previewed."
    do = "Nothing was changed. Look at it again with: lvws rerun {run} --preview"


class RefusedOnArrival(ExchangeError):
    """A file that cannot be trusted as a whole is not made right by running it again."""

    code = "E681"
    exit_code = EXIT_INPUT_REFUSED
    says = "{file} was refused for what it is ({reason}): running it again cannot make it right."
    do = "Nothing was changed. Ask the sender for a correct file; it is taken in by itself. Why: lvws show {run}"


class RawFileGone(ExchangeError):
    """The bytes of a run's file were destroyed when their period was over."""

    code = "E682"
    exit_code = EXIT_INPUT_REFUSED
    says = "The bytes of {file} (run {run}) were destroyed on {day}, when their period was over."
    do = "Nothing was changed. Ask the sender to send the file again."


class NothingToRerun(ExchangeError):
    """No run of the source or day stands still."""

    code = "E683"
    exit_code = EXIT_NOT_FOUND
    says = "No run stands still there: none is on its way, and none was stopped."
    do = "Nothing was done. See what came with: lvws runs. A refused or undone run is named by its id."


class RowsWereKept(ExchangeError):
    """A load was undone but for referrals that people worked on; loaded again, these would be told twice."""

    code = "E684"
    exit_code = EXIT_INPUT_REFUSED
    says = "Run {run} was undone, and {rows} of its referrals were kept because people worked on them."
    do = "Nothing was changed. Ask the sender for a corrected file; it is taken in by itself when it comes."


# --- the quarantine --------------------------------------------------------------------------------


class QuarantineGone(ExchangeError):
    """The broken rows of a run were destroyed when their period was over."""

    code = "E690"
    exit_code = EXIT_INPUT_REFUSED
    says = "The broken rows of run {run} are not kept any more: their period is over."
    do = "Nothing was changed. Ask the sender to send them again; what comes is taken in by itself."


class RowNotReadable(ExchangeError):
    """A broken row cannot be corrected by its columns."""

    code = "E691"
    exit_code = EXIT_INPUT_REFUSED
    says = "Run {run}, line {line}: {problem}."
    do = "Nothing was changed. What people cannot correct here the sender sends again: lvws show {run}"


class StillBroken(ExchangeError):
    """Rows as they were corrected break a rule still, or another one."""

    code = "E692"
    exit_code = EXIT_INPUT_REFUSED
    says = "{rows} rows as they are now would still be broken; the first is line {line}, column {column}: {problem}"
    do = "Nothing was changed. Correct them and try again; lvws quarantine show says what each column takes."


class ExportUnusable(ExchangeError):
    """A workbook of broken rows is not one that was made here, came too late, or came before."""

    code = "E693"
    exit_code = EXIT_INPUT_REFUSED
    says = "{file} cannot be taken in: {problem}."
    do = "Nothing was changed. Make a new one with: lvws quarantine export"


class ExportChanged(ExchangeError):
    """Something besides the corrections was changed in a workbook of broken rows."""

    code = "E694"
    exit_code = EXIT_INPUT_REFUSED
    says = "{file}: {cells} cells beside the corrections were changed, or are no text; the first is in row {row}."
    do = "Nothing was changed. Correct in the last column alone, or make a new one with: lvws quarantine export"


class NothingQuarantined(ExchangeError):
    """No broken row is as was asked for."""

    code = "E695"
    exit_code = EXIT_NOT_FOUND
    says = "No broken row waits there{more}."
    do = "Nothing was changed. See what waits with: lvws quarantine list"


class ColumnsUnknown(ExchangeError):
    """What the columns of a refused file are meant to be is not plain."""

    code = "E696"
    exit_code = EXIT_INPUT_REFUSED
    says = "Run {run}: what its columns are meant to be is not plain: {problem}."
    do = "Nothing was changed. Ask the sender for a file with the agreed columns; it is taken in by itself."


# --- undo ------------------------------------------------------------------------------------------


class NotUndoable(ExchangeError):
    """Only a load of rows is taken back."""

    code = "E700"
    exit_code = EXIT_WRONG_USE
    says = "Run {run} cannot be undone: {why}."
    do = "Nothing was changed. See: lvws show {run}"


# --- backups ---------------------------------------------------------------------------------------


class BackupKeyMissing(ExchangeError):
    """There is no key to encrypt backups to, or the one that is given does not open them."""

    code = "E703"
    exit_code = EXIT_WRONG_USE
    says = "{problem}."
    do = "Nothing was written. Make a recovery key with lvws keys recovery, and set recipient in [backup]."


class BackupFailed(ExchangeError):
    """The database could not be dumped or brought back by PostgreSQL's own programs."""

    code = "E704"
    says = "{program} failed ({problem})."
    do = "Nothing counts of what was written. Check the disk and that {program} is as new as the server: lvws doctor."


class BackupDamaged(ExchangeError):
    """A backup is not whole, or was changed."""

    code = "E705"
    exit_code = EXIT_UNSAFE
    says = "The backup {name} is not whole: {problem}."
    do = "Nothing of it was used. Take the one before it; find out who can write there."


class RestoreInTheWay(ExchangeError):
    """A backup is brought back into an empty place alone."""

    code = "E706"
    exit_code = EXIT_WRONG_USE
    says = "A backup is restored into an empty place, and {what} is not empty."
    do = "Nothing was changed. Set home and database_url to new, empty ones; move what is there away yourself."


# --- running ---------------------------------------------------------------------------------------


class Busy(ExchangeError):
    """Somebody else has it."""

    code = "E604"
    exit_code = EXIT_BUSY
    retryable = True
    says = "{what} is being worked on by {who} since {since}."
    do = "Wait until that has ended, or until its lease ends at {until}; then run the command again."


class LeaseLost(ExchangeError):
    """Another worker took the run over while this one was away; this one wrote nothing."""

    code = "E605"
    exit_code = EXIT_BUSY
    retryable = True
    says = "Run {run} was taken over by another worker."
    do = "Nothing was written twice. See how it ended with: lvws show {run}."


class DiskFull(ExchangeError):
    """There is not enough free disk to take a file in safely."""

    code = "E606"
    exit_code = EXIT_OUR_FAULT
    retryable = True
    says = "There is not enough free disk under {home}: {free_mb} MB of the {needed_mb} MB needed."
    do = "Free some and run the command again; nothing was lost."


class ArtefactMissing(ExchangeError):
    """A file that a stage left for the next one is not there or does not open."""

    code = "E607"
    says = "Run {run}: what the stage {stage} left behind is missing or damaged."
    do = "Run lvws ingest again: the stage is done anew from the file."
