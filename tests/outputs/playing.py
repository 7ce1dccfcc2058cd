"""Made-up returns protected, delivered and attacked: what the tests and the sweep of disclosure control do."""

from __future__ import annotations

from outputs.disclosure import Delivered, Draft, apply, hidden_keys, protect_or_withhold
from outputs.figures import Figure, as_csv
from outputs.periods import parse
from tests.outputs.attacker import Attacker, Cell, Return


def play(drafts: list[Draft]) -> tuple[list[Delivered], int]:
    """Each draft protected and delivered after those before it; and how many tables had to be withheld."""
    done: list[Delivered] = []
    for each in drafts:
        done.append(apply(*protect_or_withhold(each, done)))
    return done, sum(list(each.settings.values()).count("withheld") for each in done)


def recovered(drafts: list[Draft], done: list[Delivered], **knowing: bool) -> dict[Cell, int]:
    """The hidden counts that the attacker finds, with their true values: a wrong guess is none."""
    truth = {(*name(draft), *figure.key): figure.value for draft in drafts for figure in draft.figures}
    found = Attacker(as_delivered(drafts, done), **knowing).recovers()
    return {cell: value for cell, value in found.items() if truth[cell] == value}


def as_delivered(drafts: list[Draft], done: list[Delivered]) -> list[Return]:
    """The files that a receiver has, changes among them: a line of something hidden is there, and blank."""
    made = []
    for place, (draft, each) in enumerate(zip(drafts, done, strict=True)):
        earlier = [at for at in range(place) if name(drafts[at])[:2] == name(draft)[:2]]
        changes = _changes(draft, each, drafts[earlier[-1]], done[earlier[-1]]) if earlier else []
        text = as_csv(each.of_return, parse(each.period), each.version, [*each.figures, *changes]).decode()
        made.append(Return(text, frozenset(t for t, setting in each.settings.items() if setting == "withheld")))
    return made


def _changes(draft: Draft, new: Delivered, old_draft: Draft, old: Delivered) -> list[Figure]:
    was = {figure.key: figure.value for figure in old_draft.figures}
    hidden = hidden_keys(old.figures, new.figures)
    return [
        Figure(
            "changes",
            "/".join(figure.key),
            "new",
            None if figure.key in hidden else figure.value,
            "suppressed" if figure.key in hidden else "ok",
        )
        for figure in draft.figures
        if figure.value != was[figure.key]
    ]


def name(each: Draft | Delivered) -> tuple[str, str, int]:
    return each.of_return, each.period, each.version
