"""docs/cms.md: every table, view and column of the CMS, from a database made for it and its description.csv."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from exchange import database, embedded
from exchange.cms import describe, migrate
from exchange.settings import Settings

HEAD: Final = """\
# The CMS

Schema `cms` of the service's database: what casework and the returns read. Loads write it (role `lvws_loader`), staff
write their own values, and everybody else reads. The same sentences stand in the database as comments. A type with
`*` is never null.

Referrals and events are kept as what their records add up to in the order of truth, so that late, repeated and
corrected files end in one state. Casework is views over the events that stand: an event that came before its referral
is applied when that comes, one that a void takes back is gone, and nothing has to be run again for either.
"""


def render() -> str:
    """The page."""
    with tempfile.TemporaryDirectory(prefix="lvws-docs-") as folder:
        settings = Settings(home=Path(folder))
        try:
            migrate.migrate(settings)
            with database.connect_bare(settings) as connection:
                columns = describe.columns(connection)
        finally:
            embedded.stop(settings.home)
    return HEAD + "".join(_part(columns, "r", "Tables")) + "".join(_part(columns, "v", "Views"))


def _part(columns: list[describe.Column], kind: str, title: str) -> Iterator[str]:
    yield f"\n## {title}\n"
    wanted = (column for column in columns if column[1] == kind)
    for table, found in groupby(wanted, key=lambda column: column[0]):
        of_table = list(found)
        yield f"\n### `cms.{table}`\n\n{of_table[0][5]}\n\n| column | type | |\n|---|---|---|\n"
        for _, _, name, sql_type, required, _, says in of_table:
            yield f"| {name} | {sql_type}{' *' if required else ''} | {says} |\n"
