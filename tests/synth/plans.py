"""Small plans of the shape that synth/planning/plan.py makes, for tests of people, rows and files."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synth.population.demands import BANDS
from synth.population.people import Population
from synth.rows import contact_rows, fraud_rows, police_rows

SCHEMA = pa.schema(
    [("number", pa.int64())]
    + [(name, pa.string()) for name in ("source", "channel", "agency_type")]
    + [("day", pa.date32()), ("recorded_at", pa.timestamp("us")), ("offence_from", pa.date32())]
    + [("offence_to", pa.date32())]
    + [(name, pa.string()) for name in ("key", "incident_kind", "offence_code", "offence_title")]
    + [("da", pa.bool_()), ("dash_risk", pa.string()), ("dash_score", pa.int16())]
    + [(name, pa.string()) for name in ("category", "age_band", "borough_code", "offence_borough_code")]
    + [("priority", pa.bool_()), ("vulnerable", pa.bool_())]
    + [(name, pa.string()) for name in ("hate_flags", "consent", "safe_to_contact", "loss_gbp")]
    + [("taken", pa.bool_())]
    + [(name, pa.string()) for name in ("role", "support_kind", "reported_to_police")]
)

# Source, code, title, kind of incident, category: what mappings give for each.
OFFENCES = (
    (
        "police",
        "008/06",
        "Assault with injury - Assault occasioning actual bodily harm",
        "crime",
        "violence_with_injury",
    ),
    ("police", "034/01", "Robbery - personal", "crime", "other_crime"),
    ("police", "105/01", "Common assault and battery", "crime", "violence_without_injury"),
    ("police", "", 'Found property, "no" crime, advice', "non-crime", "non_crime"),
    ("fraud", "NFIB3A", "Online shopping and auctions", "crime", "fraud_and_forgery"),
)
SHARES = (("mps", 0.7), ("btp", 0.02), ("colp", 0.01), ("action_fraud", 0.14), ("contact_centre", 0.13))
AGES = tuple(name for name, _, _ in BANDS)


def plan(count: int = 2000, *, seed: int = 1, first: str = "2019-04-01", days: int = 365, start: int = 0) -> pa.Table:
    """A plan of `count` lines on `days` days from `first`."""
    rng = np.random.default_rng(seed)
    source = rng.choice([name for name, _ in SHARES], count, p=[share for _, share in SHARES])
    fraud, contact = source == "action_fraud", source == "contact_centre"
    abuse = ~fraud & (rng.random(count) < 0.25)
    offence = np.where(fraud, 4, np.where(abuse, 0, rng.integers(0, 4, count)))
    day = np.datetime64(first, "D").astype(np.int64) + np.sort(rng.integers(0, days, count))
    recorded = day - np.where(fraud | contact, 0, rng.integers(0, 3, count))
    offence_from = recorded - (rng.exponential(6, count)).astype(np.int64)
    boroughs = [f"E090000{n:02d}" for n in range(1, 34)] + ["outside_london", ""]
    risk = np.where(abuse, rng.choice(["H", "M", "S"], count), "")
    police = ~(fraud | contact)
    number = start + np.arange(count)
    minutes = rng.integers(8 * 60, 20 * 60, count)
    taken = rng.random(count) < 0.25
    columns = {
        "number": number,
        "source": source,
        "channel": np.where(police | fraud, "police", np.where(rng.random(count) < 0.8, "self", "agency")),
        "agency_type": np.where(contact & (rng.random(count) < 0.2), "housing", ""),
        "day": day.astype("datetime64[D]"),
        "recorded_at": recorded.astype("datetime64[D]").astype("datetime64[m]").astype("datetime64[us]")
        + minutes * np.timedelta64(60_000_000, "us"),
        "offence_from": offence_from.astype("datetime64[D]"),
        "offence_to": np.where(rng.random(count) < 0.2, recorded, np.datetime64("NaT", "D").astype(np.int64)),
        "key": np.where(
            fraud,
            np.char.add("NFRC1904", np.char.zfill(number.astype(str), 8)),
            np.where(
                contact,
                np.char.add("CC", np.char.zfill(number.astype(str), 7)),
                np.char.add(np.char.add(np.char.zfill((4_000_000 + number).astype(str), 7), "/19"), "|1"),
            ),
        ),
        "incident_kind": np.array([each[3] for each in OFFENCES])[offence],
        "offence_code": np.array([each[1] for each in OFFENCES])[offence],
        "offence_title": np.array([each[2] for each in OFFENCES])[offence],
        "da": abuse,
        "dash_risk": risk,
        "category": np.array([each[4] for each in OFFENCES])[offence],
        "age_band": rng.choice(AGES, count, p=[0.02, 0.13, 0.24, 0.19, 0.15, 0.09, 0.09, 0.09]),
        "borough_code": rng.choice(boroughs, count),
        "offence_borough_code": rng.choice(boroughs[:-1], count),
        "priority": abuse | (rng.random(count) < 0.4),
        "vulnerable": rng.random(count) < 0.2,
        "hate_flags": np.where(rng.random(count) < 0.02, "RI FH", ""),
        "consent": np.where(abuse | contact, "Y", ""),
        "safe_to_contact": np.where(abuse & taken, "Y", rng.choice(["Y", "N", ""], count, p=[0.6, 0.03, 0.37])),
        "loss_gbp": np.where(fraud, "120.50", ""),
        "taken": taken,
        "role": np.where(taken, "triage_iva", ""),
        "support_kind": np.where(taken, "ongoing", ""),
        "reported_to_police": np.where(contact, rng.choice(["Y", "N", ""], count, p=[0.7, 0.2, 0.1]), ""),
    }
    columns["offence_to"] = columns["offence_to"].astype("datetime64[D]")
    score = np.select([risk == "H", risk == "M"], [16, 11], 4)
    columns["dash_score"] = pa.array(score.astype(np.int16), mask=~(abuse & contact))
    return pa.table(
        [
            pa.array(values.tolist(), field.type) if field.type == pa.string() else pa.array(values, type=field.type)
            for field in SCHEMA
            for values in (columns[field.name],)
        ],
        schema=SCHEMA,
    )


def witnesses(count: int = 200, *, seed: int = 1, first: str = "2019-04-01", days: int = 365) -> pa.Table:
    """A plan of witnesses."""
    rng = np.random.default_rng(seed)
    day = np.datetime64(first, "D").astype(np.int64) + np.sort(rng.integers(0, days, count))
    number = np.arange(count)
    flags = {
        name: rng.random(count) < 0.4
        for name in (
            "complainant",
            "taken",
            "visit_requested",
            "visit_undertaken",
            "attended",
            "gave_evidence",
            "vulnerable",
            "intimidated",
        )
    }
    return pa.table(
        {
            "number": number,
            "day": day.astype("datetime64[D]"),
            "received_at": pa.array(
                day.astype("datetime64[D]").astype("datetime64[us]") + np.timedelta64(600, "m"), pa.timestamp("us")
            ),
            "referred_by": pa.array(rng.choice(["wcu", "cps"], count).tolist()),
            "called_by": pa.array(rng.choice(["prosecution", "defence"], count).tolist()),
            **flags,
            "key": pa.array([f"W{each:07d}" for each in number]),
            "urn": pa.array([f"01ZZ{each:07d}19" for each in number]),
            "court": pa.array(['Snaresbrook Crown Court, "court 3"'] * count),
            "trial_date": pa.array((day + 60).astype("datetime64[D]")),
            "crime_reference": pa.array([f"{4_000_000 + each}/19" if each % 3 else "" for each in number]),
        }
    )


def feeds(population: Population, lines: pa.Table) -> dict[str, pa.Table]:
    """The rows of every feed that a plan has lines of, with people of the population."""
    who = population.assign(lines)
    makers = dict.fromkeys(("mps", "btp", "colp"), police_rows) | {
        "action_fraud": fraud_rows,
        "contact_centre": contact_rows,
    }
    masks = {source: pc.equal(lines["source"], source) for source in makers}
    return {source: make(lines.filter(masks[source]), who.filter(masks[source])) for source, make in makers.items()}
