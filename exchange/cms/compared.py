"""Some referrals of one source under two sets of tables: their fields, what triage decides, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchange.cms.figures import reasons
from exchange.triage import dispositions, exclusions
from exchange.triage.facts import NEEDED, Facts, Flags
from mappings.canonical import TEXT
from mappings.triage_rules import RuleBook
from mappings.trial import Answer, Trial

REFUSED: Final = "(in no table)"
HIDDEN: Final = "(not shown)"  # stands for any value that may be what somebody sent
_STORED: Final = ("source", "channel", "da_flag", "dash_risk")
_DECIDED: Final = ("disposition", *dispositions.NAMES.values())


@dataclass(frozen=True)
class Compared:
    """Answers of both sets by field, where they differ, and what both take as it is stored."""

    answers: Mapping[str, tuple[Answer, Answer]]
    differs: Mapping[str, Flags]
    coded: frozenset[str]
    stored: Mapping[str, pa.Array]

    @property
    def anything(self) -> Flags:
        """Which referrals differ in any field."""
        return reduce(np.logical_or, self.differs.values())

    def any_of(self, fields: Sequence[str]) -> pa.Array | None:
        """Which referrals differ in one of these fields; None where none does."""
        known = [self.differs[name] for name in fields if name in self.differs]
        mask = reduce(np.logical_or, known) if known else np.zeros(1, np.bool_)
        return pa.array(mask) if mask.any() else None

    def shown(self, name: str) -> tuple[pa.Array, pa.Array]:
        """A field's values before and after, as text that may be shown."""
        before, after = (
            _marked(answer, _text(answer.values) if name in self.coded else _hidden(answer.values))
            for answer in self.answers[name]
        )
        return before, after

    def counted(self, name: str) -> tuple[pa.Array, pa.Array]:
        """A field's values before and after, as the returns count them; a field that the layout has not is blank."""
        if name in self.answers:
            before, after = (_text(answer.values) for answer in self.answers[name])
            return before, after
        stored = self.stored.get(name)
        same = pa.nulls(len(self.stored["source"]), TEXT) if stored is None else _text(stored)
        return same, same


def compare(rows: pa.Table, trial: Trial, books: tuple[RuleBook, RuleBook]) -> Compared:
    """Rows of one source with what its trial and the rules need, under both sets."""
    arrays = {name: rows[name].combine_chunks() for name in rows.column_names}
    answers = trial.answers(arrays, rows.num_rows)
    differs = {name: _differ(*both) for name, both in answers.items()}
    decided = _decisions(rows, answers, books, _to_decide(differs, books, rows.num_rows))
    differs |= {name: _differ(*both) for name, both in decided.items()}
    stored = {name: arrays[name] for name in _STORED}
    return Compared({**answers, **decided}, differs, trial.coded | decided.keys(), stored)


def _to_decide(differs: Mapping[str, Flags], books: tuple[RuleBook, RuleBook], rows: int) -> Flags:
    """Where triage may decide otherwise: everywhere under other rules, else where a field that they ask for differs."""
    if replace(books[0], version=books[1].version) != books[1]:
        return np.ones(rows, np.bool_)
    return reduce(np.logical_or, (differs[name] for name in NEEDED if name in differs), np.zeros(rows, np.bool_))


def _decisions(
    rows: pa.Table, answers: Mapping[str, tuple[Answer, Answer]], books: tuple[RuleBook, RuleBook], where: Flags
) -> dict[str, tuple[Answer, Answer]]:
    """What triage decides under both sets; blank on both sides where it cannot decide otherwise."""
    mask = pa.array(where)
    some = rows.filter(mask)
    before, after = (
        _decided(some, {name: answer[place].values.filter(mask) for name, answer in answers.items()}, book)
        for place, book in enumerate(books)
    )
    nothing = pa.nulls(rows.num_rows, TEXT)
    return {
        name: (
            Answer(pc.replace_with_mask(nothing, mask, before[name])),
            Answer(pc.replace_with_mask(nothing, mask, after[name])),
        )
        for name in before
    }


def _decided(rows: pa.Table, fields: Mapping[str, pa.Array], book: RuleBook) -> dict[str, pa.Array]:
    """What triage decides of the rows with these fields in place of the stored ones."""
    columns = {name: fields.get(name, rows[name]) for name in rows.column_names}
    columns["record_type"] = pa.repeat(pa.scalar("N", TEXT), rows.num_rows)
    facts = Facts(pa.table(columns), book)
    decided = dispositions.decide(facts)
    answer = {name: decided[name].combine_chunks() for name in _DECIDED}
    encoded = answer["onward_reasons"].dictionary_encode()
    destinations = [
        "{" + ",".join(dict.fromkeys(book.destinations[reason].name for reason in reasons(text))) + "}"
        for text in encoded.dictionary.to_pylist()
    ]
    answer["destinations"] = pc.take(pa.array(destinations, TEXT), encoded.indices)
    answer["excluded"] = exclusions.exclude(facts)["code"].combine_chunks()
    return answer


def _differ(before: Answer, after: Answer) -> Flags:
    one, other = before.values, after.values
    if before is after:
        return np.zeros(len(one), np.bool_)
    same = pc.or_(pc.fill_null(pc.equal(one, other), False), pc.and_(pc.is_null(one), pc.is_null(other)))
    refused = _refused(before) != _refused(after)
    differs: Flags = ~same.to_numpy(zero_copy_only=False) | refused
    return differs


def _refused(answer: Answer) -> Flags:
    return np.zeros(len(answer.values), np.bool_) if answer.refused is None else answer.refused


def _text(values: pa.Array) -> pa.Array:
    if pa.types.is_boolean(values.type):
        return pc.if_else(values, pa.scalar("yes", TEXT), pa.scalar("no", TEXT))
    return values.cast(TEXT)


def _hidden(values: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_valid(values), pa.scalar(HIDDEN, TEXT), pa.scalar(None, TEXT))


def _marked(answer: Answer, text: pa.Array) -> pa.Array:
    return text if answer.refused is None else pc.if_else(pa.array(answer.refused), pa.scalar(REFUSED, TEXT), text)
