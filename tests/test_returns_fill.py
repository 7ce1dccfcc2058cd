"""A funder's own form, filled through the command from the figures of a version."""

from __future__ import annotations

import stat
from pathlib import Path

import openpyxl

from tests.feeds import a_police_file, a_stranger, police_name
from tests.service import Service, running

QUARTER = ("quarterly", "--period", "2019-20Q1")
FORM = "victims_fund_quarterly"


def filled(service: Service, to: Path, *more: str, form: str = FORM) -> tuple[int, str, str]:
    ran = service.lvws("returns", "fill", form, *QUARTER, "--to", str(to), *more)
    return ran.code, ran.out, ran.err


def test_a_form_is_filled_from_a_version_and_again_with_the_same_bytes(tmp_path: Path, database_url: str) -> None:
    with running(tmp_path, database_url) as service:
        service.put("mps", police_name(3, 23), a_police_file([a_stranger(1), a_stranger(2)]))
        service.loaded("--source", "mps")
        to = tmp_path / "form.xlsx"
        assert filled(service, to)[0] == 7, "nothing was built yet"
        assert service.lvws("returns", "build", *QUARTER).code == 0

        code, out, _ = filled(service, to)
        assert code == 0
        assert "filled from quarterly-2019-20Q1-v1, which nobody has approved yet" in " ".join(out.split())
        assert openpyxl.load_workbook(to)["1 Demand"]["B6"].value == 2
        assert stat.S_IMODE(to.stat().st_mode) == 0o600

        first = to.read_bytes()
        assert filled(service, to)[0] == 0
        assert to.read_bytes() == first
        assert service.lvws("returns", "list", "--json").json["returns"][0]["state"] == "draft"

        to.write_bytes(b"somebody's")
        code, _, err = filled(service, to)
        assert (code, to.read_bytes()) == (2, b"somebody's")
        assert "another file of that name" in " ".join(err.split())
        assert filled(service, tmp_path, form="no_such")[0] == 7
        assert filled(service, tmp_path / "nowhere" / "form.xlsx")[0] == 2
