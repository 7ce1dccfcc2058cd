"""How well people are matched: made-up London with its truth, and FEBRL's test data beside Splink's own defaults.

    python -m benchmarks.matching --folder FOLDER [--scale 1.0] [--seed 90210] [--without-febrl]

The seed is one that training has not seen. The folder keeps the feeds; a second run starts at once. Ends with 1 where
a bar is missed (docs/matching.md).
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import febrl
from exchange.matching.decide import AUTOMATIC, REVIEW, decide
from exchange.matching.features import features
from exchange.matching.groups import Groups, groups, unknown, verdicts
from exchange.matching.incidents import incidents
from exchange.matching.keys import CAP, KINDS, candidates, keys
from exchange.matching.model import load_model
from exchange.matching.score import score
from mappings.nicknames import load_nicknames
from synth.training.fit import same_person
from synth.training.referrals import made

SEED: Final = 90_210
# The bars: automatic false links, recall with review, share of rows in review, points that a group may be behind.
FALSE, RECALL, QUEUE, BEHIND = 0, 0.95, 0.05, 0.03
_SMALLEST: Final = 100  # pairs, below which a group's recall is not judged
_SECRET: Final = bytes(32)  # of a benchmark: nothing here is anybody's

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Matched:
    """What became of the pairs, and how long it took, in seconds of this process by step."""

    found: Groups
    features: pa.Table
    candidates: pa.Table
    crowded: int
    seconds: dict[str, float]


def main(arguments: list[str] | None = None) -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    parser.add_argument("--folder", required=True, type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--without-febrl", action="store_true")
    given = parser.parse_args(arguments)
    referrals = made(given.folder, seed=given.seed, scale=given.scale)
    print(f"{len(referrals):,} referrals of seed {given.seed}; model {load_model().version}\n")
    held = report(referrals, matched(referrals))
    if not given.without_febrl:
        febrl.report()
    return 0 if held else 1


def matched(referrals: pa.Table) -> Matched:
    """The whole way of matching, as the database goes it, over all referrals at once."""
    seconds = {}

    def took(step: str, begin: float) -> float:
        now = time.process_time()
        seconds[step] = now - begin
        return now

    now = time.process_time()
    made_of = features(referrals, load_nicknames())
    now = took("features", now)
    made_keys = keys(made_of, _SECRET)
    now = took("keys", now)
    found = candidates(made_keys)
    now = took("candidates", now)
    scored = score(found.pairs, made_of)
    now = took("score", now)
    told = verdicts(decide(scored, made_of))
    more = unknown(told)
    if len(more):
        # Inside a group every pair is asked about: what is not vetoed there, and for review, says nothing new.
        told = pa.concat_tables([told, verdicts(decide(score(more, made_of), made_of))])
    grouped = groups(told)
    took("decide and group", now)
    return Matched(grouped, made_of, found.pairs, len(found.crowded), seconds)


def report(referrals: pa.Table, found: Matched) -> bool:
    """Print the figures; whether all bars are held."""
    rows, true = len(referrals), same_person(referrals)
    pairs = found.found.pairs
    truth = _codes(true)
    right = np.isin(_codes(pairs), truth)
    verdict = pairs["verdict"].to_numpy(zero_copy_only=False)
    automatic, review = verdict == AUTOMATIC, verdict == REVIEW
    false, links = int((automatic & ~right).sum()), int(automatic.sum())
    reached = np.isin(truth, _codes(pairs)[automatic | review])
    queue = _rows_in(pairs, review)
    met = np.isin(truth, _codes(found.candidates)).mean()
    print(f"true pairs {len(true):,}, of which {met:.2%} share a key of {len(KINDS)} kinds")
    # Of two of one pair the later one is the new row, so the last one of all meets twice the mean.
    print(f"candidate pairs {len(found.candidates):,}, a new row {len(found.candidates) / rows:.2f} in the mean")
    print(f"keys that more than {CAP} have: {found.crowded}")
    print(f"automatic links {links:,}, false {false}; 95 % upper bound of the false share {3 / max(links, 1):.5f}")
    print(f"automatic alone finds {np.isin(truth, _codes(pairs)[automatic]).mean():.2%} of true pairs")
    print(f"recall with review {reached.mean():.2%}")
    print(f"review: {int(review.sum()):,} pairs, of them true {int((review & right).sum()):,}; rows {queue / rows:.2%}")
    _homes(referrals, pairs, automatic=automatic, review=review)
    _incidents(referrals, found)
    print("seconds of processor:", ", ".join(f"{step} {each:.1f}" for step, each in found.seconds.items()), "\n")
    held = [false <= FALSE, reached.mean() >= RECALL, queue / rows < QUEUE]
    held += [
        _by(referrals, column, pairs, flags=(automatic, review, right), reached=reached)
        for column in ("name_origin", "household_kind")
    ]
    print("all bars held" if all(held) else "A BAR IS MISSED")
    return all(held)


def _homes(referrals: pa.Table, pairs: pa.Table, *, automatic: Flags, review: Flags) -> None:
    """What became of two people of one household, who are the hardest to tell apart."""
    lived = referrals.filter(pc.is_valid(referrals["household_id"]))
    shared = same_person(pa.table({"person_id": lived["household_id"], "referral_id": lived["referral_id"]}))
    two = ~np.isin(_codes(shared), _codes(same_person(referrals)))
    among = np.isin(_codes(pairs), _codes(shared)[two])
    print(
        f"pairs of two people of one household {int(two.sum()):,}: automatic {int((among & automatic).sum())}, "
        f"review {int((among & review).sum())}"
    )


def _incidents(referrals: pa.Table, found: Matched) -> None:
    """One crime in two feeds: what was found of what there is. Witnesses' complainants are among them."""
    told = referrals.filter(pc.is_valid(referrals["incident_id"]))
    true = same_person(pa.table({"person_id": told["incident_id"], "referral_id": told["referral_id"]}))
    made_pairs = incidents(referrals, found.features, found.found.pairs)
    right = np.isin(_codes(made_pairs), _codes(true))
    print(
        f"pairs of one incident {len(true):,}: found {int(right.sum()):,} ({right.sum() / max(len(true), 1):.2%}), "
        f"found beside them {int((~right).sum())}"
    )


def _by(
    referrals: pa.Table, column: str, pairs: pa.Table, *, flags: tuple[Flags, Flags, Flags], reached: Flags
) -> bool:
    """Figures by a column of the truth, by the left side of each pair; whether no group is too far behind."""
    automatic, review, right = flags
    true = same_person(referrals)
    group, of_true = _group(referrals, column, pairs), _group(referrals, column, true)
    whole = pc.fill_null(referrals[column], "").to_numpy(zero_copy_only=False)
    held = True
    print(f"{column or 'none':<22}{'true':>8}{'recall':>9}{'automatic':>11}{'false':>7}{'review, of rows':>17}")
    for name in sorted(set(whole.tolist())):
        mine, among = group == name, of_true == name
        recall = reached[among].mean() if among.any() else np.nan
        queue = _rows_in(pairs, review & mine) / (whole == name).sum()
        false = int((automatic & ~right & mine).sum())
        behind = among.sum() >= _SMALLEST and recall < reached.mean() - BEHIND
        held &= not behind and false == 0
        links = int((automatic & mine).sum())
        late = "  behind" if behind else ""
        print(f"{name or '(none)':<22}{among.sum():>8,}{recall:>9.2%}{links:>11,}{false:>7}{queue:>17.2%}{late}")
    print()
    return held


def _group(referrals: pa.Table, column: str, pairs: pa.Table) -> npt.NDArray[np.object_]:
    place = pc.index_in(pairs["left"].combine_chunks(), value_set=referrals["referral_id"].combine_chunks())
    taken = pc.fill_null(referrals[column].combine_chunks().take(place), "")
    answer: npt.NDArray[np.object_] = taken.to_numpy(zero_copy_only=False)
    return answer


def _codes(pairs: pa.Table) -> npt.NDArray[np.int64]:
    """A pair as one number, whichever side is first."""
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    answer: npt.NDArray[np.int64] = np.minimum(left, right) * (1 << 31) + np.maximum(left, right)
    return answer


def _rows_in(pairs: pa.Table, mask: Flags) -> int:
    """How many new rows have something to review: the later one of each pair, once."""
    return len(np.unique(np.maximum(pairs["left"].to_numpy(), pairs["right"].to_numpy())[mask]))


if __name__ == "__main__":
    sys.exit(main())
