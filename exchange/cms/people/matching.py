"""Match what waits: compare, decide, link, and follow what that means for people; one transaction a part.

A crash leaves the parts that were committed and the rest in the queue. Every order of loads ends in the same links,
because a pair is decided by what the two say now, and a group as a whole (exchange.matching.groups).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from exchange import logs
from exchange.cms import retriage
from exchange.cms.copying import copy, some
from exchange.cms.people import candidates, crimes, links, pairs, reading
from exchange.database import Connection, transaction
from exchange.matching import decide, groups, incidents, keys, score
from exchange.matching.model import load_model

AT_ONCE: Final = 20_000
LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('lvws match', 0))"

_WAITING: Final = """
    select referral_id from cms.matching where done_at is null order by referral_id limit %s
"""
_KEYED_OTHERWISE: Final = """
    update cms.matching set done_at = null where secret is distinct from %s and done_at is not null
"""


@dataclass(frozen=True)
class Secret:
    """What match keys are made with (exchange.keyring, purpose matching), and its id."""

    id: str
    key: bytes


@dataclass(frozen=True)
class Matched:
    """What one turn did: referrals compared, pairs looked at, referrals whose person changed."""

    referrals: int = 0
    pairs: int = 0
    moved: int = 0


def match_all(connection: Connection, secret: Secret) -> Matched:
    """Match until nothing waits. What was keyed with another secret is keyed anew."""
    with transaction(connection, "looking for what was matched with another key"):
        connection.execute(_KEYED_OTHERWISE, (secret.id,))
    total = Matched()
    while (part := match_some(connection, secret)).referrals:
        total = Matched(total.referrals + part.referrals, total.pairs + part.pairs, total.moved + part.moved)
        logs.event("match.part_done", rows=part.referrals)
    return total


def match_some(connection: Connection, secret: Secret) -> Matched:
    """Match up to AT_ONCE referrals of the queue, in a transaction of its own."""
    with transaction(connection, "matching"):
        connection.execute(LOCK)
        waiting = [each for (each,) in connection.execute(_WAITING, (AT_ONCE,)).fetchall()]
        if not waiting:
            return Matched()
        return _match(connection, secret, pa.array(waiting, pa.int64()))


def _match(connection: Connection, secret: Secret, waiting: pa.Array) -> Matched:
    model = load_model()
    read, features = reading.read(connection, waiting)
    found = candidates.find(connection, keys.keys(features, secret.key))
    logs.event("match.candidates_found", rows=found.num_rows)
    everybody = _with_others(waiting, found)
    if len(everybody) > len(waiting):
        read, features = reading.read(connection, everybody)
    decided = decide.decide(score.score(found, features, model), features)
    pairs.store(connection, decided, model.version)
    logs.event("match.pairs_decided", rows=found.num_rows)
    _ask_for(connection, waiting)
    verdicts = _complete(connection, waiting, pairs.verdicts(connection), model.version)
    grouped = groups.groups(verdicts)
    moved = links.follow(connection, grouped)
    logs.event("match.links_followed", rows=moved)
    not_linkable = features["referral_id"].filter(pc.invert(features["linkable"])).combine_chunks()
    links.done(connection, not_linkable, version=model.version, secret=secret.id)
    one_crime = incidents.incidents(read, features, _known(grouped.pairs, decided, features))
    targeted = crimes.follow(connection, one_crime)
    retriage.of_referrals(connection, targeted)
    logs.event("match.crimes_followed", rows=len(targeted))
    return Matched(len(waiting), found.num_rows, moved)


def _with_others(waiting: pa.Array, found: pa.Table) -> pa.Array:
    return pc.unique(pa.chunked_array([waiting, *found["left"].chunks, *found["right"].chunks]))


def _ask_for(connection: Connection, waiting: pa.Array) -> None:
    connection.execute("truncate asked_for")
    copy(connection, some(("asked_for",), pa.table({"referral_id": waiting})))


def _complete(connection: Connection, waiting: pa.Array, verdicts: pa.Table, version: str) -> pa.Table:
    """The verdicts with those of pairs inside the groups that shared no key, so that no group joins two people."""
    missing = groups.unknown(verdicts)
    if not missing.num_rows:
        return verdicts
    members = pc.unique(pa.chunked_array([*missing["left"].chunks, *missing["right"].chunks]))
    _, features = reading.read(connection, members)
    _ask_for(connection, waiting)
    decided = decide.decide(score.score(missing, features), features)
    pairs.store(connection, decided, version)
    return pairs.verdicts(connection)


def _known(final: pa.Table, decided: pa.Table, features: pa.Table) -> pa.Table:
    """Verdicts of all pairs that were looked at now: those of whole groups where there is one, else the pair's own."""
    known = features["referral_id"].combine_chunks()
    inside = pc.and_(pc.is_in(final["left"], value_set=known), pc.is_in(final["right"], value_set=known))
    of_groups = final.filter(inside).select(groups.VERDICTS.names)
    alone = groups.verdicts(decided).join(of_groups.select(["left", "right"]), ["left", "right"], join_type="left anti")
    return pa.concat_tables([of_groups, alone.select(groups.VERDICTS.names).cast(groups.VERDICTS)]).combine_chunks()
