"""No table changes under its version, and every record carries the version of the set."""

from __future__ import annotations

import datetime
import subprocess
import sys

import pytest

from exchange.errors import MappingInvalid
from mappings.load import ROOT, load
from mappings.versions import SET, check_versions, main, read_versions, stamp, table_names
from tests.mappings.spoiling import lines_of, spoil


def test_the_committed_tables_are_the_ones_that_have_these_versions():
    """Fails when a table was edited without `stamp`: CONTRIBUTING, "Changing a mapping"."""
    versions = read_versions(ROOT)
    check_versions(ROOT, versions)
    assert set(versions) == {SET, *table_names(ROOT)}


def test_a_changed_table_needs_a_new_version_and_stamp_gives_it(root):
    before = read_versions(root)
    spoil(root, "reference/borough_spellings", "", "Londinium,E09000001,no,made up,")
    with pytest.raises(MappingInvalid, match="changed without a new version"):
        load("police_referral", root=root)
    version = stamp(root, since=before[SET].since)
    after = read_versions(root)
    assert after["reference/borough_spellings"].version == str(int(before["reference/borough_spellings"].version) + 1)
    assert after["reference/borough_spellings"].source == before["reference/borough_spellings"].source
    assert int(version.rpartition("-")[2]) == int(before[SET].version.rpartition("-")[2]) + 1
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {SET, "reference/borough_spellings"}
    assert load("police_referral", root=root).version == version


def test_the_command_says_who_agreed(root):
    spoil(root, "reference/bcus", "NA,", "NA,North Area BCU,yes,")
    assert main(["--since", "2026-12-01", "--agreed-with", "the service manager", "--root", str(root)]) == 0
    after = read_versions(root)["reference/bcus"]
    assert (after.version, after.since, after.agreed_with) == ("2", datetime.date(2026, 12, 1), "the service manager")


def test_stamping_what_did_not_change_changes_nothing(root):
    before = (root / "versions.csv").read_bytes()
    assert stamp(root, since=datetime.date(2030, 1, 1)) == read_versions(root)[SET].version
    assert (root / "versions.csv").read_bytes() == before


def test_a_new_table_starts_at_version_1_and_a_new_month_counts_anew(root):
    (root / "reference" / "new.csv").write_text("code\nA\n", encoding="utf-8")
    with pytest.raises(MappingInvalid, match="it has no version"):
        check_versions(root, read_versions(root))
    assert stamp(root, since=datetime.date(2027, 1, 5), source="a letter") == "2027.01-1"
    assert (read_versions(root)["reference/new"].version, read_versions(root)["reference/new"].source) == (
        "1",
        "a letter",
    )


def test_a_table_that_went_needs_a_new_set(root):
    (root / "reference" / "new.csv").write_text("code\nA\n", encoding="utf-8")
    stamp(root, since=datetime.date(2027, 1, 5))
    (root / "reference" / "new.csv").unlink()
    with pytest.raises(MappingInvalid, match="is not there"):
        check_versions(root, read_versions(root))


def test_a_new_version_of_a_table_needs_one_of_the_set(root):
    spoil(root, "versions", f"{SET},", f"{SET},2026.11-1,2026-11-21,,every table below,{'0' * 64}")
    with pytest.raises(MappingInvalid, match="a table has a new version and the set has not"):
        load("police_referral", root=root)


def test_the_command_starts_without_a_database_or_settings():
    asked = [sys.executable, "-m", "mappings.versions", "--help"]
    assert "--agreed-with" in subprocess.run(asked, cwd=ROOT.parent, capture_output=True, text=True, check=True).stdout


def test_a_version_line_cannot_be_changed_by_hand(root):
    spoil(root, "versions", "reference/bcus,", f"reference/bcus,9,2026-11-21,,somebody,{'0' * 64}")
    with pytest.raises(MappingInvalid):
        load("police_referral", root=root)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_line_ends_of_a_checkout_are_no_change(root, ends):
    path = root / "reference" / "bcus.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", ends))
    assert load("police_referral", root=root).version == load("police_referral").version


def test_a_date_or_a_set_that_is_missing_in_versions_is_refused(root):
    lines = lines_of(root, "versions")
    (root / "versions.csv").write_text("\n".join([lines[0], *lines[2:]]) + "\n", encoding="utf-8")
    with pytest.raises(MappingInvalid, match="version of the whole set is missing"):
        load("police_referral", root=root)
    (root / "versions.csv").write_text("\n".join([lines[0], f"{SET},1,soon,,x,{'0' * 64}"]) + "\n", encoding="utf-8")
    with pytest.raises(MappingInvalid, match="since is not a date"):
        load("police_referral", root=root)
