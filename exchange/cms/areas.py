"""Boroughs, their areas, and who looks after each, written into the database from mappings/ (`lvws migrate`)."""

from __future__ import annotations

from typing import Any

import psycopg

from mappings.areas import load_boroughs
from mappings.triage_rules import load_rules


def write(connection: psycopg.Connection[Any]) -> None:
    """Write both tables as the code tables are now; again changes nothing."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into cms.borough (borough_code, name, area) values (%s, %s, %s) "
            "on conflict (borough_code) do update set name = excluded.name, area = excluded.area",
            [(each.code, each.name, each.area) for each in load_boroughs()],
        )
        cursor.executemany(
            "insert into cms.team (area, name) values (%s, %s) on conflict (area) do update set name = excluded.name",
            list(load_rules().teams.items()),
        )
