"""docs/errors.md: every failure that an operator can meet, from exchange/errors.py."""

from __future__ import annotations

import inspect
from typing import Final

from exchange import errors

# What each exit code tells the script that called us (interfaces: command-line).
EXIT_CODES: Final = {
    errors.EXIT_DONE: "done",
    errors.EXIT_OUR_FAULT: "a fault of ours",
    errors.EXIT_WRONG_USE: "wrong use",
    errors.EXIT_INPUT_REFUSED: "input refused, or stopped for an operator",
    errors.EXIT_AWAY: "the other side is away: try later",
    errors.EXIT_UNSAFE: "refused for safety",
    errors.EXIT_BUSY: "busy: somebody else has it",
    errors.EXIT_NOT_FOUND: "not found",
}

HEAD: Final = """\
# Errors

Every failure has a code, says what happened and what to do. It never shows a value of a person's record: facts are
ids, counts, lines, and names of columns, rules, sources and files. Words in braces stand for such facts.

"Tries again" tells whether the nightly flow tries again by itself before it gives up.

## Exit codes

| exit code | means |
|---|---|
"""


def render() -> str:
    """The page: the exit codes, then one section an error, by code."""
    precedence = ", ".join(str(code) for code in errors.EXIT_PRECEDENCE)
    rows = "".join(f"| {code} | {means} |\n" for code, means in sorted(EXIT_CODES.items()))
    last = f"\nOf several causes the first of {precedence} decides; the other sources and files still go on.\n"
    return HEAD + rows + last + "".join(_section(each) for each in every_error())


def every_error() -> list[type[errors.ExchangeError]]:
    """All classes of the tree, by code."""
    found = [
        each
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, errors.ExchangeError) and each is not errors.ExchangeError
    ]
    return sorted(found, key=lambda each: (each.code, each.__name__))


def _section(error: type[errors.ExchangeError]) -> str:
    return (
        f"\n## {error.code} {error.__name__}\n\n"
        f"{_escaped(inspect.getdoc(error) or '')}\n\n"
        f"- Says: {_escaped(error.says)}\n"
        f"- Do: {_escaped(error.do)}\n"
        f"- Exit code: {error.exit_code} ({EXIT_CODES[error.exit_code]})\n"
        f"- Tries again: {'yes' if error.retryable else 'no'}\n"
    )


def _escaped(text: str) -> str:
    """Markdown would read <home> and [sftp.mps] as its own."""
    return text.replace("<", "&lt;").replace("[", "\\[")
