"""Builds, approvals and deliveries that are killed at every step come to the same end when they are done again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.operators import Staff
from tests.repository import ROOT
from tests.returns import Mopac
from tests.service import running


@pytest.mark.parametrize("scene", ["building", "approving", "delivering"])
def test_killed_at_every_step_and_done_again(tmp_path: Path, database_url: str, scene: str) -> None:
    with running(tmp_path, database_url) as service:
        mopac = Mopac(service)
        staff = Staff.of(service, "jo", "sam")
        program = [sys.executable, "-m", "tests.returns_killed", scene, str(service.folder / "lvws.toml")]
        env = os.environ | {"LVWS_OPERATOR_KEY": str(staff.keys["sam"]), "INCOMING": str(mopac.incoming)}
        done = subprocess.run(program, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
