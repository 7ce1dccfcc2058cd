"""`make train-matching`: makes Year One of a seed of its own and fits the model that exchange.matching.model reads."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from pathlib import Path
from typing import Final

from exchange.matching.features import features
from exchange.matching.model import FOLDER, HEADER, PARTS
from mappings.nicknames import load_nicknames
from synth.training.build import sql_of
from synth.training.fit import Fitted, fit
from synth.training.referrals import made

SEED: Final = 7_000_001
SCALE: Final = 0.5


def main(arguments: list[str] | None = None) -> int:
    """Train and write; the version is given, because whoever trains answers for it."""
    parser = argparse.ArgumentParser(prog="python -m synth.training", description=__doc__)
    parser.add_argument("--version", required=True, help="the new model's version")
    parser.add_argument("--folder", required=True, type=Path, help="where to make the referrals; kept, and used again")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--scale", type=float, default=SCALE)
    parser.add_argument("--to", type=Path, default=FOLDER, help="where to write the model")
    given = parser.parse_args(arguments)
    referrals = made(given.folder, seed=given.seed, scale=given.scale)
    fitted = fit(referrals, features(referrals, load_nicknames()), given.seed)
    trained_on = {"made_by": "lvws synth --year-one", "seed": given.seed, "scale": given.scale, "rows": len(referrals)}
    write(fitted, given.to, version=given.version, trained_on=trained_on)
    return 0


def write(fitted: Fitted, folder: Path, *, version: str, trained_on: dict[str, object]) -> None:
    """The three files of a model."""
    told = {"version": version, "trained_on": trained_on, "rare": fitted.rare, "splink": fitted.settings}
    (folder / "model.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    (folder / "model.sql").write_text(sql_of(fitted.settings), encoding="utf-8")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for part in PARTS:
        writer.writerows((part, name, share) for name, share in fitted.shares[part].items())
    (folder / "name_frequencies.csv").write_text(text.getvalue(), encoding="utf-8", newline="")


if __name__ == "__main__":
    sys.exit(main())
