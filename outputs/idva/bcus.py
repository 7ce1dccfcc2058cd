"""What the areas of posts are called. Pure; BCUs are those of mappings/reference/bcus.csv."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from mappings.areas import CITY, PAN_LONDON
from mappings.load import BCUS, ROOT
from mappings.tables import read_table


def area_words(code: str) -> str:
    """An area in words."""
    return _words().get(code, code.replace("_", " ").capitalize())


@cache
def _words() -> Mapping[str, str]:
    bcus = {line["bcu_code"]: line["name"] for line in read_table(ROOT, "reference/bcus", BCUS).lines}
    return bcus | {CITY: "City of London", PAN_LONDON: "All London"}
