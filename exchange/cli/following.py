"""What follows a judgement at once: the links, made by the matching stage in the loader's role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange import settings
from exchange.cli import desk, review_page, screen
from exchange.errors import ExchangeError

if TYPE_CHECKING:
    from exchange.cms.reviewing import Pair
    from exchange.cms.signed import Step
    from exchange.cms.steps import Taken
    from exchange.database import Connection


def tell(connection: Connection, taken: Taken, pair: Pair, *, same: bool, json: bool) -> None:
    """Let links follow a judgement that is done, and say what became of it.

    Where they cannot follow now, that is said, and its error raised: the judgement is signed, and the next night
    follows it.
    """
    from exchange.cms import reviewing  # noqa: PLC0415

    failure, became = None, None
    if taken.state == "done":
        try:
            _match()
            became = reviewing.became(connection, pair)
        except ExchangeError as error:
            failure = error
    if json:
        links = review_page.became_as_json(became) if taken.state == "done" else None
        screen.document(desk.as_json(taken, pair=pair.number, same=same, links=links))
    else:
        review_page.tell(taken, became, same=same)
    if failure is not None:
        raise failure


def tell_of_step(connection: Connection, taken: Taken, step: Step, *, json: bool) -> None:
    """The same of a colleague's step that was confirmed."""
    from exchange.cms import contact  # noqa: PLC0415
    from exchange.cms.reviewing import Pair  # noqa: PLC0415

    change = step.change
    one = contact.find(connection, step.referral_key, step.source)
    other = contact.find(connection, change["other_key"], change["other_source"])
    pair = Pair(*sorted((one, other), key=lambda place: place.referral_id))
    tell(connection, taken, pair, same=change["same"], json=json)


def _match() -> None:
    from exchange import stages, worker  # noqa: PLC0415 - pyarrow and DuckDB

    with worker.working(settings.load()) as at_work:
        stages.match(at_work)
