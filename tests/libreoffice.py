"""LibreOffice's Calc without a window, as somebody who opens what the service sends."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def converted(file: Path, to: str, folder: Path) -> Path:
    """The file in another form, as LibreOffice saves it. Skips the test where LibreOffice is not installed; fails it
    where LVWS_REQUIRE_LIBREOFFICE=1 says that it must be."""
    program = shutil.which("soffice")
    if program is None:
        missing = "LibreOffice is not installed (Debian: libreoffice-calc-nogui)"
        if os.environ.get("LVWS_REQUIRE_LIBREOFFICE") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    out = folder / "converted"
    # A profile of its own: two of them in one would wait for each other.
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [program, "--headless", "--norestore", profile, "--convert-to", to, "--outdir", str(out), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return out / f"{file.stem}.{to}"
