"""The model as data: how much each level of agreement weighs, how rare names are, and Splink's SQL that adds it up.

Written by `make train-matching`; never at night. The three files are one model and change together:

- model.json: version, what it was trained on, and Splink's settings with the shares among pairs of one person and of
  two.
- model.sql: what Splink makes of the settings for DuckDB. Kept, so that no night builds it anew (that takes Splink more
  than a second, and to import it more than two), and no other version of Splink can change a score unseen; a test
  compares it, and its results, with Splink's own.
- name_frequencies.csv: shares of names in the training data, so that a score never depends on who else was referred.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

FOLDER: Final = Path(__file__).parent
PARTS: Final = ("forename", "surname")
HEADER: Final = ("part", "name", "share")


@dataclass(frozen=True, eq=False)
class Model:
    """A model: its version, Splink's settings and SQL, and per part of the name the names and their shares.

    `rare`: the share of a name that is not listed.
    """

    version: str
    settings: dict[str, Any]
    sql: str
    names: dict[str, pa.Array]
    shares: dict[str, pa.Array]
    rare: float


@lru_cache(maxsize=2)
def load_model(folder: Path = FOLDER) -> Model:
    """The committed model, read once for a process."""
    told = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    with (folder / "name_frequencies.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    of = {part: [line for line in lines if line["part"] == part] for part in PARTS}
    return Model(
        version=told["version"],
        settings=told["splink"],
        sql=(folder / "model.sql").read_text(encoding="utf-8"),
        names={part: pa.array([line["name"] for line in of[part]], pa.string()) for part in PARTS},
        shares={part: pa.array([float(line["share"]) for line in of[part]], pa.float64()) for part in PARTS},
        rare=float(told["rare"]),
    )
