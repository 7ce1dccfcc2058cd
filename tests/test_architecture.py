"""The shape of the whole: whose packages are imported, what each registry needs, and what the locks promise.

The direction of imports is held by import-linter (`make check`).
"""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from cronsim import CronSim

from exchange.sources import SOURCES, Source
from tests.repository import PACKAGES, ROOT

LOCKS = ("uv", "runtime", "dev", "bench")


@pytest.mark.parametrize("package", PACKAGES)
def test_the_package_that_is_imported_is_ours(package: str):
    """Others publish packages of these names too; `validators` is one."""
    assert Path(importlib.import_module(package).__file__ or "").parent == ROOT / package


# --- a source is complete --------------------------------------------------------------------------


def missing_of(source: Source) -> list[str]:
    """What a sender still lacks, in words for whoever adds it (docs/adding-a-source.md)."""
    layout = source.layout.name
    samples = [path.name for path in (ROOT / "samples").rglob("*") if path.is_file()]
    parts = {
        f"validators/{layout}.py": (ROOT / "validators" / f"{layout}.py").exists(),
        f"mappings/{layout}/columns.csv": (ROOT / "mappings" / layout / "columns.csv").exists(),
        "a sample file in samples/ that its file_name matches": any(source.parse_name(name) for name in samples),
        f"its block [sftp.{source.name}] in docs/operator-guide.md": f"`{source.name}`" in operator_guide(),
    }
    return [f"{source.name}: {part}" for part, there in parts.items() if not there]


def operator_guide() -> str:
    return (ROOT / "docs" / "operator-guide.md").read_text(encoding="utf-8")


def test_every_source_has_its_parts():
    assert not [part for source in SOURCES.values() for part in missing_of(source)]


def test_a_source_stands_under_its_own_name():
    assert [name for name, source in SOURCES.items() if source.name != name] == []


def test_no_two_sources_take_the_same_file():
    """A file that lies in the wrong sender's folder is nobody's, never somebody else's."""
    samples = [path.name for path in (ROOT / "samples").rglob("*") if path.is_file()]
    taken = {name: [source.name for source in SOURCES.values() if source.parse_name(name)] for name in samples}
    assert {name: by for name, by in taken.items() if len(by) > 1} == {}


def test_no_sender_is_a_special_case_in_the_code():
    """A difference between senders is data in their folder. synth/ plays the senders, and has to know them."""
    names = "|".join(SOURCES)
    branch = re.compile(rf"""(?:if|elif|case|==|!=|\bin)\s*[({{\[]?\s*["'](?:{names})["']""")
    places = [
        f"{path.relative_to(ROOT)}:{number}"
        for package in set(PACKAGES) - {"synth"}
        for path in (ROOT / package).rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if branch.search(line)
    ]
    assert not places


# --- Prefect's deployments -------------------------------------------------------------------------


def deployments() -> list[dict]:
    return yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]


def test_every_deployment_names_a_flow_that_exists():
    for deployment in deployments():
        path, _, name = deployment["entrypoint"].partition(":")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, deployment["name"]


def test_schedules_are_london_s_and_keep_out_of_the_clock_change():
    """Between 01:00 and 02:00 an hour is missing in March and comes twice in October."""
    schedules = [each for deployment in deployments() for each in deployment.get("schedules", [])]
    assert schedules
    for schedule in schedules:
        assert schedule["timezone"] == "Europe/London"
        times = itertools.islice(CronSim(schedule["cron"], datetime(2026, 1, 1)), 2_000)
        assert all(each.hour != 1 for each in times), schedule["cron"]


# --- locks -----------------------------------------------------------------------------------------

PINNED = re.compile(r"^([a-z0-9-]+)==([^ ;\\]+)( ; [^\\]+?)? ?\\?$", re.MULTILINE)


def pins(lock: str) -> dict[tuple[str, str], str]:
    """Version by name and marker of everything that a lock installs."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return {(name, marker): version for name, version, marker in PINNED.findall(text)}


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_in_a_lock_has_its_version_and_hashes(lock: str):
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE).strip())
    assert entries
    for entry in entries:
        assert PINNED.match(entry.splitlines()[0]), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


@pytest.mark.parametrize("lock", ["dev", "bench"])
def test_the_locks_agree(lock: str):
    runtime: dict[str, set[str]] = {}
    for (name, _), version in pins("runtime").items():
        runtime.setdefault(name, set()).add(version)
    assert {
        name: version for (name, _), version in pins(lock).items() if version not in runtime.get(name, {version})
    } == {}


def wishes(lock: str) -> set[str]:
    text = (ROOT / "requirements" / f"{lock}.in").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z0-9-]*)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_wish_is_in_its_lock(lock: str):
    assert wishes(lock) <= {name for name, _ in pins(lock)}


def test_the_service_imports_nothing_that_came_by_accident():
    """What another package brought along goes when that package changes its mind."""
    wished = wishes("runtime")
    publishers = packages_distributions()
    imported = {
        (name.split(".")[0], path.relative_to(ROOT).as_posix())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in imported_by(ast.parse(path.read_text(encoding="utf-8")))
    }
    accidents = {
        f"{module} in {path}"
        for module, path in imported
        if module not in {*PACKAGES, *sys.stdlib_module_names}
        and not wished & {canonical(publisher) for publisher in publishers.get(module, [])}
    }
    assert not accidents


def imported_by(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# --- what is shipped -------------------------------------------------------------------------------


def test_data_beside_the_code_is_shipped_with_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shipped = set(project["tool"]["setuptools"]["package-data"]["*"])
    kinds = {
        f"*{path.suffix}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }
    assert kinds <= shipped
