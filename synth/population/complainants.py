"""Witnesses who are the victim of the crime that is tried: one person, told by two feeds.

A complainant whose line names a crime of the plan is that crime's victim, as the police wrote the victim down. All
other witnesses are people of their own.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from synth.population.demands import flags_of, whole
from synth.rows import text

_SAME = ("title", "forename", "surname", "birth_date", "sex", "ethnicity", "ethnicity_18", "email")
_TRUTH = ("person_id", "incident_id", "household_id", "household_kind", "name_origin", "written_as")


def with_victims(witnesses: pa.Table, who: pa.Table, *, plan: pa.Table, people: pa.Table) -> pa.Table:
    """The witnesses' people (`who`, row for row) with the victims in the place of complainants; the truth besides.

    `people` is row for row with `plan`. Whoever cannot be reached by phone or e-mail there stays as in `who`.
    """
    police = plan["source"].combine_chunks()
    lines = pc.indices_nonzero(pc.is_in(police, value_set=pa.array(["mps", "btp", "colp"])))
    plan, people = plan.take(lines), people.take(lines)
    reference = text.key_part(plan["key"], 0)
    asked = whole(witnesses["crime_reference"])
    row = pc.index_in(asked, value_set=reference)
    phone = text.phone(people)
    reachable = pc.or_(pc.not_equal(phone, ""), pc.not_equal(whole(people["email"]), ""))
    is_victim = pc.and_(pa.array(flags_of(witnesses["complainant"])), pc.not_equal(asked, ""))
    is_victim = pc.and_(is_victim, pc.fill_null(pc.take(reachable, row), False))
    victims = {name: whole(people[name]) for name in {*_SAME, *_TRUTH}} | {"phone": phone}
    columns = {name: whole(who[name]) for name in who.column_names}
    for name in (*_TRUTH, *_SAME, "phone"):
        own = columns.get(name, pa.nulls(len(who), victims[name].type))
        columns[name] = pc.if_else(is_victim, pc.take(victims[name], row), own)
    return pa.table(columns)
