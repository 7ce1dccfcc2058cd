"""What a return asks of the database: its `.sql`, part by part, as tables. The rim of the returns; all else is pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import pyarrow as pa
from psycopg import sql

from exchange.cms.copying import copy_out
from exchange.database import Connection
from outputs.idva.quarter import MetBy
from outputs.periods import Period

ROOT: Final = Path(__file__).resolve().parent
_PART: Final = re.compile(r"^-- part: (\w+)\n", re.MULTILINE)
PREPARE: Final = "prepare"


@dataclass(frozen=True, slots=True)
class Asked:
    """A period, what had happened by then (`cut_off`), and what the database knew by then (`moment`).

    met_by: how the contract's FTE of IDVAs is met (settings, idva.met_by).
    """

    period: Period
    cut_off: datetime
    moment: datetime
    met_by: MetBy = "both"


def ask(connection: Connection, of_return: str, schemas: Mapping[str, pa.Schema], what: Asked) -> dict[str, pa.Table]:
    """Each part of `<return>.sql` as a table of its schema, in the transaction at hand."""
    first, last = what.period.first, what.period.last
    facts = {"first": first, "last": last, "moment": what.moment, "cut_off": what.cut_off}
    found = {}
    for name, query in parts(of_return).items():
        filled = _filled(connection, query, facts)
        if name == PREPARE:
            connection.execute(filled)
        else:
            found[name] = copy_out(connection, filled, schemas[name])
    return found


def parts(of_return: str) -> dict[str, str]:
    """The queries of a return by name, in the order of its file."""
    text = (ROOT / f"{of_return}.sql").read_text(encoding="utf-8")
    split = _PART.split(text)[1:]
    return {name: query.strip().rstrip(";") for name, query in zip(split[::2], split[1::2], strict=True)}


def _filled(connection: Connection, query: str, facts: Mapping[str, Any]) -> sql.SQL:
    """The query of our own file with its values as literals, which psycopg quotes: COPY takes no parameters."""
    text: Any = psycopg.ClientCursor(connection).mogrify(query, facts)
    return sql.SQL(text)
