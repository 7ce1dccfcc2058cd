"""The life of a return: draft, approved by somebody else, delivered, receipted, superseded; each once (`lvws returns`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from exchange import clock
from exchange.returns.versions import NothingChanged, Version
from tests.operators import Staff
from tests.returns import JUNE, Mopac, built, folder
from tests.servers import Faults, sftp_server
from tests.service import Ran, Service, running

FIVE, SIX = {"mps": 3, "btp": 2, "total": 5}, {"mps": 4, "btp": 2, "total": 6}
V1, V2 = f"monthly-{JUNE}-v1", f"monthly-{JUNE}-v2"
PERIOD = ("monthly", "--period", JUNE)


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def mopac(service: Service) -> Mopac:
    return Mopac(service)


@pytest.fixture
def staff(service: Service, mopac: Mopac) -> Staff:
    return Staff.of(service, "jo", "sam")


def approve(staff: Staff, who: str = "sam", *more: str) -> Ran:
    return staff.lvws(who, "returns", "approve", *PERIOD, "--yes", *more)


def deliver(staff: Staff, *more: str) -> Ran:
    return staff.lvws(None, "returns", "deliver", *PERIOD, "--yes", *more)


def delivered(staff: Staff, counts: dict[str, int]) -> None:
    """A version goes all the way."""
    assert isinstance(built(staff.service, counts), Version)
    for ran in (approve(staff), deliver(staff)):
        assert (ran.code, ran.err) == (0, ""), ran


def states(service: Service) -> dict[str, str]:
    return dict(
        service.rows(
            "select return_name || '-' || period || '-v' || version, state from ledger.return_version order by version"
        )
    )


def audited(service: Service) -> list[tuple[str, str]]:
    rows = service.rows(
        "select what, detail ->> 'version' from ledger.audit where starts_with(what, 'return ') order by audit_id"
    )
    return [(what, version) for what, version in rows]


# --- drafts ---------------------------------------------------------------------------------------------


def test_nothing_built_yet_is_said_in_plain_words(service: Service) -> None:
    assert service.lvws("returns", "list").out == "Returns: none was built yet.\n"
    assert service.lvws("returns", "list", "--json").json == {"returns": []}
    missing = service.lvws("returns", "deliver", *PERIOD)
    assert (missing.code, missing.err) == (7, f"E701 There is no return monthly {JUNE}. List what there is with: lvws returns list.\n")  # fmt: skip


def test_a_draft_is_replaced_and_nobody_else_may_read_it(service: Service) -> None:
    first, second = built(service, FIVE), built(service, SIX)
    assert isinstance(first, Version)
    assert isinstance(second, Version)
    assert (first.version, second.version, states(service)) == (1, 1, {V1: "draft"})
    there = folder(service)
    assert {path.name for path in there.iterdir()} == {f"{V1}.xlsx", "figures.csv", "records.parquet"}
    assert b"total,referrals,6,ok" in (there / "figures.csv").read_bytes()
    assert there.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in there.iterdir()} == {0o600}
    assert {path.name for path in there.parent.iterdir()} == {"v1", ".lock"}
    (told,) = service.lvws("returns", "list", "--json").json["returns"]
    assert (told["state"], told["built_by"], told["version"]) == ("draft", "jo", 1)
    assert told["next"] == f"waits for approval by somebody other than jo: lvws returns approve monthly --period {JUNE}"
    assert "waits for approval by somebody other than jo" in " ".join(service.lvws("returns", "list").out.split())


def test_two_builds_of_one_number_do_not_hide_each_other(staff: Staff, service: Service) -> None:
    from exchange import database
    from exchange.errors import ReturnBuiltMeanwhile
    from exchange.returns import versions
    from tests.returns import a_draft

    built(service, FIVE)
    approve(staff)
    with database.connect(service.settings, "loader") as connection:
        with pytest.raises(ReturnBuiltMeanwhile):
            versions.save_draft(service.settings, connection, a_draft(1, SIX))
        with pytest.raises(ReturnBuiltMeanwhile):
            versions.save_draft(service.settings, connection, a_draft(3, SIX))
    assert states(service) == {V1: "approved"}
    assert b"total,referrals,5,ok" in (folder(service) / "figures.csv").read_bytes()


# --- approval -------------------------------------------------------------------------------------------


def test_who_built_it_cannot_approve_it_and_a_colleague_can_once(staff: Staff, service: Service) -> None:
    built(service, FIVE)
    refused = approve(staff, "jo")
    assert refused.code == 5
    assert refused.err.startswith(f"E624 {V1} was built by jo, who cannot approve it as well.")
    assert states(service) == {V1: "draft"}
    asked = staff.lvws("sam", "returns", "approve", *PERIOD)
    assert asked.code == 2
    assert asked.err.startswith(f"E204 This would change data (This approves {V1}, signed as sam)")
    assert staff.lvws("sam", "returns", "approve", *PERIOD, typed="n\n").code == 2
    assert staff.lvws(None, "returns", "approve", *PERIOD, "--yes").code == 5
    assert states(service) == {V1: "draft"}

    ran = staff.lvws("sam", "returns", "approve", *PERIOD, typed="y\n")
    assert ran.code == 0, ran
    assert f"{V1}, built by jo on" in ran.out
    assert "Made from 10 referrals; rules 4, mappings 7." in ran.out
    assert "3 figures: 0 suppressed as small numbers, 0 not available." in ran.out
    assert f"{V1} is approved, and waits to be delivered: lvws returns deliver monthly --period {JUNE}" in ran.out
    before = {path.name: path.read_bytes() for path in folder(service).iterdir()}
    again = approve(staff)
    assert (again.code, again.out.startswith(f"{V1} is approved already.")) == (0, True)
    assert {path.name: path.read_bytes() for path in folder(service).iterdir()} == before
    assert audited(service) == [("return built", "1"), ("return approved", "1")]
    assert [check["state"] for check in service.lvws("doctor", "--json").json["checks"] if check["what"] == "approvals"] == ["ok"]  # fmt: skip


def test_a_builder_named_by_user_and_machine_is_known_too(staff: Staff, service: Service) -> None:
    built(service, FIVE, by="sam@machine")
    assert approve(staff, "sam").code == 5
    assert approve(staff, "jo").code == 0


def test_the_manifest_says_everything_in_one_form(staff: Staff, service: Service) -> None:
    built(service, FIVE)
    approve(staff)
    body = (folder(service) / "manifest.json").read_bytes()
    told = json.loads(body)
    assert body == (json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
    row = service.lvws("returns", "list", "--json").json["returns"][0]
    assert (told["approved_by"], told["built_by"], told["receiver"]) == ("sam", "jo", "mopac")
    assert told["approved_at"][:19] == row["approved_at"][:19]
    assert (told["cut_off"], told["previous_manifest_sha256"]) == ("2019-07-10T23:00:00.000000+00:00", None)
    assert {each["name"] for each in told["files"]} == {f"{V1}.xlsx", "figures.csv"}
    assert (told["rows"], told["rule_version"], told["mapping_version"]) == ({"referrals": 10}, "4", "7")


def test_a_file_that_was_changed_after_the_build_is_not_approved(staff: Staff, service: Service) -> None:
    built(service, FIVE)
    (folder(service) / "figures.csv").write_bytes(b"changed")
    refused = approve(staff)
    assert (refused.code, refused.err.split(".csv")[0]) == (5, f"E622 {V1}: its file figures")
    built(service, FIVE)
    assert approve(staff).code == 0


def test_an_approval_whose_key_is_not_known_any_more_delivers_nothing(staff: Staff, service: Service, mopac: Mopac) -> None:  # fmt: skip
    built(service, FIVE)
    approve(staff)
    Mopac(service)  # writes the settings anew, without anybody
    refused = deliver(staff)
    assert refused.code == 5
    assert refused.err.startswith(
        f"E627 The approval of {V1} by sam proves nothing: the operator is not in the settings."
    )
    assert mopac.files() == {}
    bad = [check for check in service.lvws("doctor", "--json").json["checks"] if check["what"] == "approvals"]
    assert [check["state"] for check in bad] == ["bad"]


# --- delivery -------------------------------------------------------------------------------------------


def test_only_what_was_approved_is_delivered_under_names_of_its_own_and_once(staff: Staff, service: Service, mopac: Mopac) -> None:  # fmt: skip
    built(service, FIVE)
    refused = deliver(staff)
    assert refused.code == 3
    assert refused.err.startswith(f"E625 {V1} is a draft: nobody has approved it.")
    approve(staff)
    asked = staff.lvws(None, "returns", "deliver", *PERIOD)
    assert (asked.code, mopac.files()) == (2, {})
    ran = deliver(staff)
    assert (ran.code, ran.out) == (0, f"{V1} was delivered. Next: waits for the receipt of MOPAC\n")
    files = mopac.files()
    assert list(files) == [f"{V1}.figures.csv", f"{V1}.manifest.json", f"{V1}.manifest.json.sig", f"{V1}.xlsx"]
    ours = folder(service)
    assert files[f"{V1}.figures.csv"] == (ours / "figures.csv").read_bytes()
    assert files[f"{V1}.manifest.json.sig"] == (ours / "manifest.json.sig").read_bytes()
    sent = [name for (name,) in service.rows("select name from ledger.outbox where source = 'mopac' order by sent_at")]
    assert sent[-2:] == [f"{V1}.manifest.json", f"{V1}.manifest.json.sig"]
    again = staff.lvws(None, "returns", "deliver", *PERIOD)  # nothing changes, so nothing is asked
    assert (again.code, again.out) == (0, f"{V1} was delivered before. Next: waits for the receipt of MOPAC\n")
    assert mopac.files() == files
    assert audited(service) == [("return built", "1"), ("return approved", "1"), ("return delivered", "1")]


def test_without_a_receiver_nothing_is_sent(service: Service) -> None:
    staff = Staff.of(service, "sam")
    built(service, FIVE)
    approve(staff)
    ran = deliver(staff)
    assert (ran.code, ran.err.split("lvws.toml")[1][:8]) == (2, " has no ")
    assert ran.err.startswith("E629 ")


def test_a_file_that_was_changed_after_the_approval_is_not_sent(staff: Staff, service: Service, mopac: Mopac) -> None:
    built(service, FIVE)
    approve(staff)
    workbook = folder(service) / f"{V1}.xlsx"
    workbook.write_bytes(workbook.read_bytes() + b"x")
    ran = deliver(staff)
    assert (ran.code, ran.err[:4], mopac.files()) == (5, "E622", {})
    assert states(service) == {V1: "approved"}


def test_a_manifest_that_was_lost_or_changed_here_is_written_again_from_the_ledger(staff: Staff, service: Service) -> None:  # fmt: skip
    built(service, FIVE)
    approve(staff)
    before = (folder(service) / "manifest.json").read_bytes()
    (folder(service) / "manifest.json").write_bytes(b"{}")
    (folder(service) / "manifest.json.sig").unlink()
    assert deliver(staff).code == 0
    assert (folder(service) / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("operation", ["rename", "open", "write"])
def test_a_server_that_fails_midway_gets_the_rest_the_next_time(
    tmp_path: Path, database_url: str, operation: str
) -> None:
    with running(tmp_path, database_url) as service:
        mopac = Mopac(service)
        staff = Staff.of(service, "jo", "sam")
        built(service, FIVE)
        approve(staff)
        config, sound = service.folder / "lvws.toml", service.server
        text = config.read_text()
        files = tmp_path / "faulty"
        files.mkdir()
        with sftp_server(files, faults=Faults(refuses=frozenset({operation}))) as faulty:
            (faulty.root / "mopac" / "incoming").mkdir(parents=True)
            changed = text.replace(f"port = {sound.port}", f"port = {faulty.port}")
            for name in ("private_key", "known_hosts"):
                changed = changed.replace(str(getattr(sound, name)), str(getattr(faulty, name)))
            config.write_text(changed)
            ran = deliver(staff)
            assert ran.code == 4, ran
            assert not [path for path in (faulty.root / "mopac" / "incoming").iterdir() if path.suffix == ".sig"]
        assert states(service) == {V1: "approved"}
        (told,) = service.lvws("returns", "list", "--json").json["returns"]
        assert told["next"] == f"its delivery was begun and is not done: lvws returns deliver monthly --period {JUNE}"
        config.write_text(text)
        assert deliver(staff).code == 0
        assert len(mopac.files()) == 4


def test_a_server_that_says_that_it_failed_and_did_it_has_each_file_once(tmp_path: Path, database_url: str) -> None:
    with running(tmp_path, database_url, faults=Faults(fails_after=frozenset({"rename"}))) as service:
        mopac = Mopac(service)
        delivered(Staff.of(service, "jo", "sam"), FIVE)
        assert len(mopac.files()) == 4


# --- later versions -------------------------------------------------------------------------------------


def test_a_restated_version_takes_the_place_of_the_one_before(staff: Staff, service: Service, mopac: Mopac) -> None:
    delivered(staff, FIVE)
    same = built(service, FIVE)
    assert isinstance(same, NothingChanged)
    assert same.says == f"Nothing changed since {V1} (delivered): no new version was made."
    assert states(service) == {V1: "delivered"}
    v1 = {name: body for name, body in mopac.files().items() if name.startswith(V1)}
    delivered(staff, SIX)
    assert states(service) == {V1: "superseded", V2: "delivered"}
    files = mopac.files()
    assert {name: files[name] for name in v1} == v1
    assert len(files) == 8
    ran = service.lvws("returns", "verify", str(folder(service, 2)), "--after", str(folder(service)))
    assert (ran.code, ran.err) == (0, "")
    old = deliver(staff, "--version", "1")
    assert (old.code, old.err[:4]) == (3, "E623")
    assert service.lvws("returns", "approve", *PERIOD, "--version", "1").code == 5  # no key at all
    assert approve(staff, "sam", "--version", "1").code == 3
    assert [each["next"][:7] for each in service.lvws("returns", "list", "--json").json["returns"]] == ["waits f", "nothing"]  # fmt: skip


def test_what_was_approved_and_not_sent_can_be_replaced(staff: Staff, service: Service, mopac: Mopac) -> None:
    built(service, FIVE)
    approve(staff)
    built(service, SIX)
    assert states(service) == {V1: "approved", V2: "draft"}
    approve(staff, "sam", "--version", "2")
    assert states(service) == {V1: "superseded", V2: "approved"}
    deliver(staff)
    assert {name.split(".")[0] for name in mopac.files()} == {V2}
    assert json.loads(mopac.manifest(V2))["previous_manifest_sha256"] is None


def test_a_delivery_that_was_begun_is_finished_before_the_next_approval(staff: Staff, service: Service) -> None:
    built(service, FIVE)
    approve(staff)
    service.configure("mopac", port=1)
    for name in ("jo", "sam"):
        staff.add(name, staff.keys[name].with_suffix(".pub"))
    assert deliver(staff).code != 0
    built(service, SIX)
    refused = approve(staff, "sam", "--version", "2")
    assert (refused.code, refused.err[:4]) == (3, "E626")
    assert states(service) == {V1: "approved", V2: "draft"}
    service.configure("mopac")
    for name in ("jo", "sam"):
        staff.add(name, staff.keys[name].with_suffix(".pub"))
    assert deliver(staff).out.startswith(f"{V1} was delivered.")
    assert approve(staff).code == 0
    assert deliver(staff).out.startswith(f"{V2} was delivered.")
    assert states(service) == {V1: "superseded", V2: "delivered"}


def test_a_draft_that_says_nothing_new_any_more_is_set_aside_and_its_number_used_again(staff: Staff, service: Service) -> None:  # fmt: skip
    delivered(staff, FIVE)
    built(service, SIX)
    assert states(service) == {V1: "delivered", V2: "draft"}
    assert isinstance(built(service, FIVE), NothingChanged)
    assert states(service) == {V1: "delivered", V2: "superseded"}
    assert deliver(staff).out.startswith(f"{V1} was delivered before")  # the newest is the one that stands
    delivered(staff, SIX)
    assert states(service) == {V1: "superseded", V2: "delivered"}


def test_a_new_format_is_a_new_version_though_no_figure_moved(staff: Staff, service: Service) -> None:
    delivered(staff, FIVE)
    assert isinstance(built(service, FIVE, format_version="2"), Version)


def test_what_went_out_is_told_to_whoever_guards_small_numbers(staff: Staff, service: Service) -> None:
    from exchange import database
    from exchange.returns import versions

    delivered(staff, FIVE)
    delivered(staff, SIX)
    built(service, {"total": 7})
    built(service, FIVE, period="2019-07")
    with database.connect(service.settings, "loader") as connection:
        gone = versions.delivered_before(connection, ["monthly", "quarterly"])
        assert [each.stem for each in gone] == [V1, V2]
        assert b"total,referrals,5,ok" in versions.figures(service.settings, gone[0])
        assert versions.delivered_before(connection, ["quarterly"]) == []


# --- receipts -------------------------------------------------------------------------------------------


def test_a_receipt_is_read_once(staff: Staff, service: Service, mopac: Mopac) -> None:
    delivered(staff, FIVE)
    mopac.receipt(V1)
    ran = deliver(staff)
    assert (ran.code, states(service)) == (0, {V1: "receipted"})
    assert "Next: nothing: it was received" in ran.out
    assert f"{V1} was received on" in ran.out
    assert deliver(staff).out == f"{V1} was delivered before. Next: nothing: it was received\n"
    assert service.rows("select noted, unknown, wrong from ledger.receipt") == [(1, 0, 0)]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"\xff", "is not of the form"),
        (b"[]", "is not of the form"),
        (b'{"manifest_sha256": "x", "received_at": "2019-07-12T09:00:00Z"}', "is not of the form"),
        (b" " * 70_000, "is larger than 64 KB"),
        (json.dumps({"manifest_sha256": "0" * 64, "received_at": "2019-07-12T09:00:00Z"}).encode(), "names a manifest that was not delivered"),
    ],
)  # fmt: skip
def test_a_receipt_that_cannot_be_used_is_told_and_changes_nothing(
    staff: Staff, service: Service, mopac: Mopac, body: bytes, says: str
) -> None:
    delivered(staff, FIVE)
    mopac.lay(f"{V1}.receipt.json", body)
    ran = deliver(staff)
    assert (ran.code, states(service)) == (0, {V1: "delivered"})
    assert says in ran.out
    mopac.receipt(V1)
    deliver(staff)
    assert states(service) == {V1: "receipted"}


def test_a_receipt_of_another_version_or_of_the_future_counts_for_none(staff: Staff, service: Service, mopac: Mopac) -> None:  # fmt: skip
    delivered(staff, FIVE)
    delivered(staff, SIX)
    mopac.receipt(V1, called=V2)
    assert "is called after another version" in deliver(staff).out
    mopac.receipt(V2, received_at=(clock.now() + timedelta(days=1)).isoformat())
    assert "in the future" in deliver(staff).out
    assert states(service) == {V1: "superseded", V2: "delivered"}
    mopac.receipt(V1)  # late, and true
    deliver(staff)
    assert service.rows("select version, state, receipted_at is not null from ledger.return_version order by 1") == [
        (1, "superseded", True),
        (2, "delivered", False),
    ]


def test_no_receipt_within_two_working_days_is_an_alert(staff: Staff, service: Service) -> None:
    with time_machine.travel("2019-07-12T09:00:00Z", tick=True):  # a Friday
        delivered(staff, FIVE)
    for day, says in (("2019-07-16T22:50:00Z", "waits for the receipt of MOPAC"), ("2019-07-16T23:10:00Z", "no receipt within 2 working days: call MOPAC today")):  # fmt: skip
        with time_machine.travel(day):
            (told,) = service.lvws("returns", "list", "--json").json["returns"]
            assert told["next"] == says


def test_receipts_are_tidied_away_where_the_settings_say_so(staff: Staff, service: Service, mopac: Mopac) -> None:
    delivered(staff, FIVE)
    path = mopac.receipt(V1)
    config = service.folder / "lvws.toml"
    config.write_text(config.read_text().replace("[sftp.mopac]\n", '[sftp.mopac]\nafter_load = "delete"\n'))
    deliver(staff)
    assert not path.exists()
    assert states(service) == {V1: "receipted"}
