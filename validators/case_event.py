"""Case activity: source `case_activity`, what caseworkers and partners did (interfaces: feeds, Case activity)."""

from __future__ import annotations

from validators.layout import Choice, Column, Kind, Layout, texts

SCALE = ("1", "2", "3", "4", "5")
EVENTS = (
    *("contact_attempt", "take_up", "declined", "needs_assessment", "caseworker_allocated", "care_plan"),
    *("support_started", "outcome", "onward_referral", "onward_received", "entitlement", "victim_statement", "survey"),
    *("complaint", "complaint_acknowledged", "complaint_told_commissioner", "complaint_resolved"),
    *("visit_requested", "visit_undertaken", "attended_court", "gave_evidence"),
    *("rj_offered", "rj_accepted", "rj_done", "void", "closed"),
)


def _choice(column: str, event: str, *codes: str, required: bool = True) -> Choice:
    return Choice(column, when="event", value=event, codes=codes, required=required)


LAYOUT = Layout(
    name="case_event",
    encoding="utf-8",
    complete="trailer",
    date_order="yyyy-mm-dd",
    key_columns=("event_id",),
    form="event",
    columns=(
        Column("event_id", Kind.SHAPE, pattern="[A-Za-z0-9_.:-]{1,64}", rule="key_shape", required=True),
        Column("referral_source", Kind.SHAPE, pattern="[a-z][a-z0-9_]{0,40}", rule="closed_list", required=True),
        Column("referral_key", required=True),
        Column("event", Kind.CODE, codes=EVENTS, required=True),
        Column("at", Kind.INSTANT, required=True),
        *texts("role", "category", "before", "after", "worker"),
    ),
    choices=(
        _choice("role", "caseworker_allocated", "triage_iva", "complex_iva", "idva"),
        _choice("category", "contact_attempt", "phone", "sms", "email", "post", "face_to_face"),
        _choice("after", "contact_attempt", "reached", "not_reached"),
        _choice("category", "support_started", "immediate", "ongoing"),
        _choice("category", "outcome", "informed", "wellbeing", "safety", "everyday_life"),
        _choice("before", "outcome", *SCALE),
        _choice("after", "outcome", *SCALE),
        _choice("category", "onward_referral"),
        _choice("category", "entitlement", "victims_code", "witness_charter"),
        _choice("after", "entitlement", "received", "not_received"),
        _choice("after", "victim_statement", "made", "declined"),
        _choice("after", "survey", *SCALE),
        _choice("category", "rj_offered", "direct", "indirect", required=False),
        _choice("category", "rj_accepted", "direct", "indirect", required=False),
        _choice("category", "rj_done", "direct", "indirect", required=False),
        _choice("before", "void"),
    ),
)
