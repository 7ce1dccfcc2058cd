"""The documentation says what the program does: pages are fresh, commands exist, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.generate import __main__ as generate
from docs.generate.commands import every_command, is_group
from docs.generate.errors import EXIT_CODES, every_error
from exchange.settings import Settings, SftpHost
from tests.repository import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
WRITTEN = [page for page in PAGES if page.stem not in generate.PAGES or page.parent != generate.DOCS]


@pytest.fixture(scope="module")
def commands() -> dict[str, object]:
    return dict(every_command())


# --- generated pages -------------------------------------------------------------------------------


@pytest.mark.parametrize("page", generate.PAGES)
def test_a_generated_page_is_fresh(page: str):
    path = generate.DOCS / f"{page}.md"
    assert path.read_text(encoding="utf-8") == generate.rendered_page(page), "run: make docs"


def test_check_names_a_stale_page_and_fails(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "DOCS", tmp_path)
    monkeypatch.setattr(generate, "PAGES", ("errors",))

    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/errors.md is stale; run: make docs\n"
    assert not list(tmp_path.iterdir())

    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (tmp_path / "errors.md").write_text("changed by hand", encoding="utf-8")
    assert generate.main(["--check"]) == 1


# --- commands --------------------------------------------------------------------------------------


def test_every_command_and_each_of_its_options_has_help(commands):
    silent = [path for path, command in commands.items() if not command.help]
    silent += [
        f"{path} {parameter.name}"
        for path, command in commands.items()
        if not is_group(command)
        for parameter in command.params
        if not parameter.help
    ]
    assert not silent


def test_every_command_takes_yes(commands):
    """Fixed for those who script it (interfaces: command-line)."""
    leaves = {path: command for path, command in commands.items() if not is_group(command)}
    assert not [path for path, command in leaves.items() if not any("--yes" in each.opts for each in command.params)]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_that_a_page_names_exists(page: Path, commands):
    """`lvws X` in code type, inline or in a block, is a promise; what is only planned is named without it."""
    named = re.findall(r"(?:`|^|bin/)lvws ([a-z][a-z -]*)", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert not [words for words in named if not exists(words, commands)]


def test_every_command_that_an_error_advises_exists(commands):
    advised = [(error.code, words) for error in every_error() for words in re.findall(r"lvws ([a-z][a-z-]*)", error.do)]
    assert not [each for each in advised if not exists(each[1], commands)]


def exists(words: str, commands: dict[str, object]) -> bool:
    """Whether the words begin with a command; groups need their second word only where it is given."""
    parts = words.split()
    return any(f"lvws {' '.join(parts[:count])}" in commands for count in (2, 1))


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_make_target_that_a_page_names_exists(page: Path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8"))) <= targets


# --- errors and settings ---------------------------------------------------------------------------


def test_every_error_has_a_code_of_its_own_and_a_known_exit_code():
    codes = [error.code for error in every_error()]
    assert len(codes) == len(set(codes))
    assert {error.exit_code for error in every_error()} <= EXIT_CODES.keys()


@pytest.mark.parametrize("model", [Settings, SftpHost])
def test_every_setting_says_what_it_means(model):
    assert not [name for name, field in model.model_fields.items() if not field.description and not field.exclude]


# --- pages -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_inside_the_repository_leads_somewhere(page: Path):
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_the_glossary_knows_every_table_and_folder():
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").lower()
    explained = set(re.findall(r"\*\*([^*]+)\*\*", glossary))
    migrations = (ROOT / "exchange" / "cms" / "migrations").rglob("*.sql")
    tables = {
        name.replace("_", " ")
        for path in migrations
        for name in re.findall(r"create table (?:ledger|cms)\.(\w+)", path.read_text(encoding="utf-8"))
    }
    folders = {path.parent.name for path in (ROOT / "exchange").rglob("__init__.py")} - {"exchange", "cli", "versions"}
    assert (tables | folders) - explained == set()


def test_decisions_are_numbered_without_gaps():
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
