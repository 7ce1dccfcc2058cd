"""Steps of staff for tests of the CMS, taken as the database takes them: signed, each by somebody."""

from __future__ import annotations

import itertools
import json
from typing import Any

from tests.cms.test_load import Cms

KEY = "1234567/19|1"
_people = itertools.count(1)


def take(cms: Cms, what: str, change: dict[str, Any], key: str = KEY, *, source: str = "mps") -> str:
    """Take a step about a referral, with the second signature where it needs one; the state it ends in."""
    number = next(_people)
    signed = {"what": what, "source": source, "referral_key": key, "reason": f"test {number}", "change": change}
    document = json.dumps(signed)
    ((step, state, people),) = rows(
        cms, "select * from cms.take_step(%s, %s, %s, %s)", document, f"jo{number}", f"{number:064x}", b"s" * 64
    )
    if people == 2:
        ((state,),) = rows(
            cms, "select cms.sign_step(%s, %s, %s, %s, true)", step, f"sam{number}", f"{number + 2**40:064x}", b"t" * 64
        )
    cms.connection.commit()
    return state


def release(cms: Cms, *reasons: str, key: str = KEY) -> None:
    """Release holds of a referral."""
    assert take(cms, "release_hold", {"reasons": list(reasons)}, key) == "done"


def set_contact(cms: Cms, key: str = KEY, **fields: str | None) -> None:
    """Set contact details as staff do who saw the newest."""
    ((seen,),) = rows(
        cms,
        "select max(s.set_by) from cms.safe_contact s join cms.referral using (referral_id) where referral_key = %s",
        key,
    )
    assert take(cms, "set_contact", {"fields": fields, "seen": seen}, key) == "done"


def rows(cms: Cms, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    return cms.connection.execute(statement, parameters).fetchall()


def held_for(cms: Cms, key: str = KEY) -> tuple[str, list[str]]:
    """Disposition and reasons to hold a referral, as staff see them."""
    ((disposition, reasons),) = rows(cms, "select disposition, held_for from cms.triage where referral_key = %s", key)
    return disposition, reasons


def may_contact(cms: Cms, key: str = KEY) -> tuple[bool, list[str]]:
    """Whether somebody may be contacted, and why not."""
    ((may, because),) = rows(cms, "select may_contact, not_because from cms.contact where referral_key = %s", key)
    return may, because
