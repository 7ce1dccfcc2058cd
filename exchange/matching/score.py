"""How much speaks for one person: Splink's match weight for each pair, and the levels that explain it.

Splink's SQL (model.sql) runs in DuckDB, in memory: one thread, no file, no network, nothing on disk. The same pairs and
features always have the same scores, whoever else is in the tables. A blank adds nothing and takes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.matching.levels import COMPARED, COMPARISONS
from exchange.matching.model import PARTS, Model, load_model

if TYPE_CHECKING:
    import duckdb

SCORED: Final = pa.schema(
    [
        *((name, pa.int64()) for name in ("left", "right")),
        ("weight", pa.float64()),
        *((comparison.name, pa.int8()) for comparison in COMPARISONS),
    ]
)
# Tables that the SQL reads: Splink's names for the people with their names' shares, and for the pairs.
PEOPLE, PAIRS = "__splink__df_concat_with_tf", "__splink__blocked_id_pairs"

_AT_ONCE: Final = 250_000  # pairs
# No spilling to disk, where values of people would lie in the clear; no extensions from the network.
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "preserve_insertion_order": False,
}


def score(pairs: pa.Table, features: pa.Table, model: Model | None = None) -> pa.Table:
    """SCORED, a row for each of the pairs (keys.PAIRS), in the order of left and right.

    `features` (features.FEATURES) has everybody who is in a pair, and may have others. `weight` is the binary logarithm
    of the odds that the two are one person; each comparison's column has the number of its level (levels.Comparison).
    """
    used = model or load_model()
    if len(pairs) == 0:
        return SCORED.empty_table()
    everybody = pa.chunked_array([*pairs["left"].chunks, *pairs["right"].chunks])
    asked = features.filter(pc.is_in(features["referral_id"], value_set=pc.unique(everybody)))
    connection = connect()
    try:
        connection.register(PEOPLE, with_shares(asked, used))
        found = [_scored(connection, pairs.slice(begin, _AT_ONCE), used) for begin in range(0, len(pairs), _AT_ONCE)]
    finally:
        connection.close()
    return pa.concat_tables(found).sort_by([("left", "ascending"), ("right", "ascending")]).combine_chunks()


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own that leaves no trace."""
    import duckdb  # noqa: PLC0415 - heavy, and most commands never match anybody

    connection = duckdb.connect(":memory:", config=_CONFIG)
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def with_shares(features: pa.Table, model: Model) -> pa.Table:
    """What the SQL compares, with how frequent each name is among everybody's."""
    people = features.select(COMPARED)
    for part in PARTS:
        place = pc.index_in(people[part], value_set=model.names[part])
        share = pc.fill_null(pc.take(model.shares[part], place), model.rare)
        people = people.append_column(f"tf_{part}", share)
    return people


def as_blocked(pairs: pa.Table) -> pa.Table:
    """Pairs as Splink has them."""
    key = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(pairs), np.int8)), pa.array(["0"]))
    return pa.table({"match_key": key.cast(pa.string()), "join_key_l": pairs["left"], "join_key_r": pairs["right"]})


def _scored(connection: duckdb.DuckDBPyConnection, pairs: pa.Table, model: Model) -> pa.Table:
    connection.register(PAIRS, as_blocked(pairs))
    answer = connection.sql(model.sql).to_arrow_table()
    connection.unregister(PAIRS)
    # A sum in binary fractions may differ in its last digits with the order of adding; nobody decides by those.
    weight = pc.round(answer["match_weight"], 6)
    columns = [answer["referral_id_l"], answer["referral_id_r"], weight]
    columns += [answer[f"gamma_{comparison.name}"].cast(pa.int8()) for comparison in COMPARISONS]
    return pa.table(columns, schema=SCORED)
