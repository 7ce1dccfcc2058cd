"""What may not stand anywhere in this repository, and why (CONTRIBUTING, "Banned").

Where ruff knows the rule too, this holds it where somebody switched ruff off for a line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from exchange import errors
from tests.repository import CODE, ROOT, python_files, text_files

OURS = {name for name in vars(errors) if isinstance(getattr(errors, name), type)} | {"AssertionError"}
LOG_METHODS = {"debug", "info", "warning", "error", "critical", "exception", "log", "event"}


# --- banned in code --------------------------------------------------------------------------------


def called(node: ast.AST) -> str:
    """The last name of what is called: `read_csv` of `pd.read_csv(...)`; blank for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def dotted(node: ast.AST) -> str:
    """`paramiko.Transport` of the expression that says so."""
    return ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""


def imports(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").split(".")[0], *(alias.name for alias in node.names)}
    return set()


def drops_characters(node: ast.AST) -> bool:
    """errors="ignore" and its kin, by name or as the second argument of decode and encode."""
    lossy = {"ignore", "replace", "coerce"}
    if not isinstance(node, ast.Call):
        return False
    given = [keyword.value for keyword in node.keywords if keyword.arg == "errors"]
    if called(node) in {"decode", "encode"}:
        given += node.args[1:2]
    return any(isinstance(each, ast.Constant) and each.value in lossy for each in given)


def builds_log_text(node: ast.AST) -> bool:
    """A log call whose message is put together instead of constant."""
    if not (isinstance(node, ast.Call) and called(node) in LOG_METHODS and node.args):
        return False
    if isinstance(node.func, ast.Attribute) and "log" not in ast.unparse(node.func.value).lower():
        return False
    return isinstance(node.args[0], (ast.JoinedStr, ast.BinOp)) or called(node.args[0]) == "format"


def shows_caught(node: ast.AST) -> bool:
    """Text of a library's exception used, or the exception chained to ours, where it was caught."""
    if not (isinstance(node, ast.ExceptHandler) and node.name and node.type):
        return False
    types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    if all(dotted(each).split(".")[-1] in OURS for each in types):
        return False
    inside = [inner for statement in node.body for inner in ast.walk(statement)]
    only_compared = {id(part) for inner in inside if _compares(inner) for part in ast.walk(inner)}
    return any(_shows(inner, node.name) for inner in inside if id(inner) not in only_compared)


def _compares(node: ast.AST) -> bool:
    """A text that is looked at and goes nowhere, where a library has no code for what happened."""
    return isinstance(node, ast.Compare) or called(node) == "startswith"


def _shows(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="str" | "repr" | "format"), args=[ast.Name(id=shown), *_]):
            return shown == name
        case ast.FormattedValue(value=ast.Name(id=shown)):
            return shown == name
        case ast.Attribute(value=ast.Name(id=shown), attr="args" | "message" | "strerror" | "message_primary"):
            return shown == name
        case ast.Raise(cause=ast.Name(id=shown)):
            return shown == name
        case _:
            return False


@dataclass(frozen=True)
class Banned:
    """A pattern, why it is banned, code that shows it, code beside it that is right, and who may."""

    name: str
    why: str
    found: Callable[[ast.AST], bool]
    wrong: str
    right: str
    except_in: frozenset[str] = field(default_factory=frozenset)


BANNED = (
    Banned(
        "any host accepted",
        "host keys are pinned (docs/adr/0009)",
        lambda node: dotted(node).split(".")[-1] in {"AutoAddPolicy", "WarningPolicy", "MissingHostKeyPolicy"},
        "client.set_missing_host_key_policy(paramiko.AutoAddPolicy())",
        "client.set_missing_host_key_policy(paramiko.RejectPolicy())",
    ),
    Banned(
        "bare transport",
        "Transport.connect() checks no host key unless told to: one module does it, and its tests show that it does",
        lambda node: (
            called(node) == "Transport"
            or (isinstance(node, ast.ClassDef) and "Transport" in {dotted(base).split(".")[-1] for base in node.bases})
        ),
        "transport = paramiko.Transport(sock)",
        "session = sftp.session(host, source='mps')",
        frozenset({"exchange/intake/ssh/connection.py"}),
    ),
    Banned(
        "unsafe module",
        "pysftp skips host keys when told to; unpickling runs code and pickles hold whole frames",
        lambda node: bool(imports(node) & {"pysftp", "pickle", "cloudpickle", "dill", "shelve", "marshal"}),
        "import pickle",
        "import json",
    ),
    Banned(
        "guessing reader",
        "read_csv makes NULL, NA and None missing and 1E5 a number: the reader keeps every value as text",
        lambda node: called(node) in {"read_csv", "read_excel", "read_pickle", "open_csv"},
        "frame = pd.read_csv(path, dtype=str)",
        "rows = csv.reader(handle, strict=True)",
        # our own database by COPY, each column with its type; the peer reads as it is used to
        frozenset({"exchange/intake/reading/reader.py", "exchange/cms/copying.py", "benchmarks/peer_load.py"}),
    ),
    Banned(
        "rows skipped",
        "on_bad_lines drops people without a trace: every row has an outcome",
        lambda node: isinstance(node, ast.keyword) and node.arg == "on_bad_lines",
        "read(path, on_bad_lines='skip')",
        "read(path, layout)",
    ),
    Banned(
        "invalid rows dropped",
        "pandera then returns the invalid rows without a word when it stands on a column",
        lambda node: isinstance(node, ast.keyword) and node.arg == "drop_invalid_rows",
        "DataFrameSchema(columns, drop_invalid_rows=True)",
        "DataFrameSchema(columns, strict=True)",
    ),
    Banned(
        "characters dropped",
        "what does not decode or parse is a finding, never a gap",
        drops_characters,
        "raw.decode('cp1252', 'replace'); pd.to_numeric(column, errors='coerce')",
        "raw.decode('cp1252')",
    ),
    Banned(
        "date format guessed",
        "03/04/1990 is in April: name the format",
        lambda node: called(node) == "to_datetime" and "format" not in {each.arg for each in node.keywords},
        "pd.to_datetime(column)",
        "pd.to_datetime(column, format='%d/%m/%Y')",
    ),
    Banned(
        "yaml that builds objects",
        "yaml.load runs what the file says",
        lambda node: isinstance(node, ast.Call) and dotted(node.func) in {"yaml.load", "yaml.unsafe_load"},
        "yaml.load(handle)",
        "yaml.safe_load(handle)",
    ),
    Banned(
        "print",
        "printing is logging without a guard; the command writes through exchange/cli",
        lambda node: isinstance(node, ast.Call) and dotted(node.func) == "print",
        "print(rows)",
        "console.print(table)",
        frozenset(path.relative_to(ROOT).as_posix() for path in ROOT.glob("benchmarks/*.py")),  # figures, for people
    ),
    Banned(
        "log text put together",
        "a log line is a constant name and allow-listed facts",
        builds_log_text,
        "logs.event(f'loaded {name}'); logger.info('%s' % name)",
        "logs.event('load.committed', rows=3)",
    ),
    Banned(
        "traceback logged",
        "a traceback shows values",
        lambda node: called(node) == "exception" and "log" in ast.unparse(node).split("(")[0].lower(),
        "logger.exception('failed')",
        "future.exception()",
    ),
    Banned(
        "text of a library's exception",
        "it may hold a record: keep its code, leave the except, raise ours (docs/adr/0003)",
        shows_caught,
        "try:\n    f()\nexcept ValueError as e:\n    raise OurError(what=str(e))",
        "try:\n    f()\nexcept psycopg.Error as refused:\n    known = refused.sqlstate or str(refused).startswith('No key')",
    ),
    Banned(
        "clock read",
        "exchange/clock.py reads it, so that tests can move it, and knows the zone",
        lambda node: (
            isinstance(node, ast.Call)
            and dotted(node.func).rpartition(".")[2] in {"now", "utcnow", "today"}
            and dotted(node.func).rpartition(".")[0].split(".")[-1] in {"datetime", "date"}
        ),
        "start = datetime.now(UTC); day = datetime.date.today()",
        "start = clock.now(); day = clock.today()",
        frozenset({"exchange/clock.py"}),
    ),
    Banned(
        "wall clock",
        "it jumps: time.monotonic measures, a sequence orders",
        lambda node: isinstance(node, ast.Call) and dotted(node.func) == "time.time",
        "start = time.time()",
        "start = time.monotonic()",
        frozenset({"benchmarks/watching.py"}),  # compares with the times in a log
    ),
    Banned(
        "SQL made from strings",
        "values are parameters, names are psycopg.sql.Identifier; only a constant of the module may be put in",
        lambda node: called(node) in {"execute", "executemany", "copy"} and _made_text(node),
        "connection.execute(f'select * from {table} where name = {name!r}')",
        "connection.execute(f'select {_COLUMNS} from run where run = %s', (run,))",
    ),
)


def _made_text(node: ast.AST) -> bool:
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    if isinstance(first, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) and not dotted(part.value).isupper() for part in first.values)
    return isinstance(first, ast.BinOp) and isinstance(first.op, (ast.Add, ast.Mod))


def lines_with(banned: Banned, source: str) -> list[int]:
    return [getattr(node, "lineno", 0) for node in ast.walk(ast.parse(source)) if banned.found(node)]


@pytest.mark.parametrize("banned", BANNED, ids=lambda banned: banned.name)
def test_banned_code_is_nowhere(banned: Banned):
    places = [
        f"{name}:{line}"
        for path in python_files(CODE)
        if (name := path.relative_to(ROOT).as_posix()) not in banned.except_in
        for line in lines_with(banned, path.read_text(encoding="utf-8"))
    ]
    assert not places, f"{banned.name}: {banned.why}"


@pytest.mark.parametrize("banned", BANNED, ids=lambda banned: banned.name)
def test_each_ban_finds_what_it_bans_and_nothing_beside_it(banned: Banned):
    assert lines_with(banned, banned.wrong)
    assert not lines_with(banned, banned.right)


# --- banned in any text ----------------------------------------------------------------------------

TEXTS = {
    "address of a package registry": re.compile(
        r"pypi\.(?:org|python)|python[h]osted|registry\.npmjs|crates\.io|proxy\.golang"
        r"|(?<!no-emit-)(?:extra-)?index[-]url|(?<!no-emit-)find[-]links"
    ),
    "path of one machine": re.compile(r"(?<![\w.<>}-])/(?:root|work|Users|home/(?!lvws\b)\w+)/\w"),
    "private key": re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|AGE-SECRET-KEY-1[0-9A-Z]{20}"),
}


@pytest.mark.parametrize("what", TEXTS)
def test_banned_text_is_nowhere(what: str):
    assert not list(places_of(TEXTS[what]))


def places_of(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in text_files():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}"


def test_this_checkout_s_own_path_is_nowhere():
    assert not list(places_of(re.compile(re.escape(f"{ROOT}/"))))


# --- sizes and names -------------------------------------------------------------------------------

MOST_LINES = 350
CATALOGUES = {"exchange/errors.py"}  # one short class after the other, under headings
MOST_LINES_OF_A_FUNCTION = 55


def test_no_file_is_longer_than_a_reader_can_hold_in_mind():
    long = {
        name: lines
        for path in python_files(CODE)
        if (name := path.relative_to(ROOT).as_posix()) not in CATALOGUES
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert not long


def lines_of(function: ast.AST) -> int:
    """Its length without the inside of long texts: a docstring or a statement of SQL reads at its own pace."""
    texts = [node for node in ast.walk(function) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return function.end_lineno - function.lineno + 1 - sum(text.end_lineno - text.lineno for text in texts)


def test_no_function_is_longer_than_a_page():
    long = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": lines_of(node)
        for path in python_files(CODE)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and lines_of(node) > MOST_LINES_OF_A_FUNCTION
    }
    assert not long


def test_no_module_is_a_drawer_for_anything():
    drawers = {"utils", "util", "common", "helpers", "helper", "misc", "lib", "tools"}
    assert not [path for path in python_files((*CODE, "tests")) if path.stem in drawers or path.parent.name in drawers]


def test_every_module_says_what_it_is_for():
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in python_files(CODE)
        if (text := path.read_text(encoding="utf-8")).strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert not silent
