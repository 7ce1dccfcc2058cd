"""What several tests of the mappings need."""

from __future__ import annotations

import shutil

import pytest

from mappings.load import ROOT


@pytest.fixture
def root(tmp_path):
    """A copy of the tables that a test may spoil."""
    copy = tmp_path / "mappings"
    for path in ROOT.glob("**/*.csv"):
        (copy / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy / path.relative_to(ROOT))
    return copy
