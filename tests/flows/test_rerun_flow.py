"""Running loads again from Prefect's form: first the preview, then exactly that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.feeds import CANARIES, police_key
from tests.flows.conftest import Prefect
from tests.service import Service, running
from tests.test_rerun import stopped

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.prefect]


@pytest.fixture
def service(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with running(tmp_path, database_url) as made:
        monkeypatch.setenv("LVWS_CONFIG", str(made.folder / "lvws.toml"))
        yield made


def run(**parameters: Any) -> tuple[str, str, Any]:
    from flows.rerun import rerun

    ended = rerun(return_state=True, **parameters)
    return ended.type.value, ended.message, ended.result(raise_on_failure=False)


def test_the_form_previews_applies_and_says_who_did_it(prefect: Prefect, service: Service) -> None:
    from flows import rerun_page

    number = stopped(service)
    kind, message, told = run(run=number, accept_quarantine=True)
    assert (kind, message) == ("COMPLETED", "1 preview")
    page = rerun_page.markdown(told)
    assert "3 new, 0 changed, 12 blocked of 15 rows" in page
    digest = told.done[0].digest
    assert f"`previewed` = `{digest}`" in page
    assert service.rows("select state from ledger.run") == [("stopped",)]

    kind, message, told = run(source="mps", preview=False)
    assert (kind, message) == ("FAILED", "1 run run again")
    kind, message, told = run(run=number, preview=False, accept_quarantine=True, previewed=digest)
    assert (kind, message) == ("COMPLETED", "1 run run again"), told
    kind, message, told = run(run=number, preview=False)
    assert (kind, message) == ("COMPLETED", "nothing to do")
    assert "already loaded by" in rerun_page.markdown(told)
    assert run(source="mps", preview=False)[:2] == ("FAILED", "1 failure")
    kept = prefect.bytes_kept().lower()
    assert not [mark for mark in (*CANARIES, police_key(13)) if mark.encode() in kept]
