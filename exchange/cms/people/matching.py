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
from exchange.cms import known, retriage
from exchange.cms.people import candidates, crimes, links, pairs, reading
from exchange.database import Connection, transaction
from exchange.matching import decide, groups, incidents, keys, score
from exchange.matching.model import load_model

AT_ONCE: Final = 20_000
LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('lvws match', 0))"

# The part of the queue that is matched in this transaction, with the time since when each waits: who was changed by a
# load or a step meanwhile has another time by the end, and waits on.
_TABLE: Final = """
    create temporary table if not exists to_match (referral_id bigint, queued_at timestamptz) on commit delete rows
"""
_WAITING: Final = """
    insert into to_match
    select referral_id, queued_at from cms.matching where done_at is null order by referral_id limit %s
    returning referral_id
"""
# Not `is distinct from`, for which no index can be used.
_KEYED_OTHERWISE: Final = """
    update cms.matching set done_at = null
    where done_at is not null and (secret < %(id)s or secret > %(id)s or secret is null)
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
        connection.execute(_KEYED_OTHERWISE, {"id": secret.id})
    total = Matched()
    while (part := match_some(connection, secret)).referrals:
        total = Matched(total.referrals + part.referrals, total.pairs + part.pairs, total.moved + part.moved)
        logs.event("match.part_done", rows=part.referrals)
    return total


def match_some(connection: Connection, secret: Secret) -> Matched:
    """Match up to AT_ONCE referrals of the queue, in a transaction of its own."""
    with transaction(connection, "matching"):
        connection.execute(known.CHANGING)
        connection.execute(LOCK)
        connection.execute(_TABLE)
        waiting = [each for (each,) in connection.execute(_WAITING, (AT_ONCE,)).fetchall()]
        if not waiting:
            return Matched()
        return _match(connection, secret, pa.array(sorted(waiting), pa.int64()))


def _match(connection: Connection, secret: Secret, waiting: pa.Array) -> Matched:
    model = load_model()
    read, features = reading.read(connection, waiting)
    found = candidates.find(connection, keys.keys(features, secret.key))
    logs.event("match.candidates_found", rows=found.num_rows)
    everybody = _together(waiting, found)
    if len(everybody) > len(waiting):
        read, features = reading.read(connection, everybody)
    decided = decide.decide(score.score(found, features, model), features)
    decided = decide.only(decided, keys.shared(decided.select(keys.PAIRS.names), keys.keys(features, secret.key)))
    pairs.store(connection, decided, model.version)
    logs.event("match.pairs_decided", rows=found.num_rows)
    verdicts = _complete(connection, pairs.verdicts(connection), model.version)
    grouped = groups.groups(verdicts)
    moved = links.follow(connection, grouped)
    logs.event("match.links_followed", rows=moved)
    not_linkable = features["referral_id"].filter(pc.invert(features["linkable"])).combine_chunks()
    links.done(connection, not_linkable, version=model.version, secret=secret.id)
    targeted = crimes.follow(connection, _one_crime(connection, grouped, read, features))
    retriage.of_referrals(connection, targeted)
    logs.event("match.crimes_followed", rows=len(targeted))
    return Matched(len(waiting), found.num_rows, moved)


def _together(waiting: pa.Array, found: pa.Table) -> pa.Array:
    return pc.unique(pa.chunked_array([waiting, *found["left"].chunks, *found["right"].chunks], pa.int64()))


def _complete(connection: Connection, verdicts: pa.Table, version: str) -> pa.Table:
    """The verdicts with the vetoes between members of a group who share no key, so that no group joins two people.

    Only vetoes: that two who are in one group anyway may be one person says nothing new, and would stay when the group
    is no more.
    """
    missing = groups.unknown(verdicts)
    if not missing.num_rows:
        return verdicts
    members = _together(pa.array([], pa.int64()), missing)
    _, features = reading.read(connection, members)
    decided = decide.decide(score.score(missing, features), features)
    vetoed = decided.filter(decided["vetoed"])
    if not vetoed.num_rows:
        return verdicts
    pairs.store(connection, vetoed, version)
    return pairs.verdicts(connection)


def _one_crime(connection: Connection, found: groups.Groups, read: pa.Table, features: pa.Table) -> pa.Table:
    """Which referrals in the groups tell of one crime (incidents.INCIDENTS)."""
    known = groups.with_persons(found)
    everybody = _together(pa.array([], pa.int64()), known)
    if not pc.all(pc.is_in(everybody, value_set=features["referral_id"].combine_chunks()), min_count=0).as_py():
        read, features = reading.read(connection, everybody)
    return incidents.incidents(read, features, known)
