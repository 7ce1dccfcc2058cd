"""What is past its period: raw files with their artefacts, and quarantined rows (interfaces: command-line, purge)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange import logs, privatefiles
from exchange.database import Connection, transaction
from exchange.intake import vault
from exchange.ledger import audit
from exchange.settings import Settings


@dataclass(frozen=True)
class Due:
    """Contents and runs whose keys are to be destroyed; `kept_open`: contents past their period whose run is open.

    `exports`: workbooks with broken rows that do not count any more, by number and path.
    """

    contents: tuple[str, ...]
    quarantines: tuple[str, ...]
    kept_open: int
    exports: tuple[tuple[str, str], ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to destroy."""
        return not (self.contents or self.quarantines or self.exports)


def due(connection: Connection, settings: Settings) -> Due:
    """What is past its period now. A content's period begins with its last delivery; corrections are kept as long as
    what they correct.
    """
    with transaction(connection, "reading what is past its period"):
        contents = connection.execute(
            """
            select c.content, bool_or(r.state = 'open') from ledger.content c
            join ledger.run r using (content) left join ledger.delivery d using (run)
            where c.destroyed_at is null
            group by c.content
            having coalesce(max(d.received_at), max(r.started_at)) < now() - make_interval(
                days => case when bool_or(r.corrects is not null) then %(quarantine)s else %(raw)s end)
            """,
            {"raw": settings.raw_days, "quarantine": settings.quarantine_days},
        ).fetchall()
        # What was to become of a row, and nobody confirmed, or somebody refused.
        given_up = connection.execute(
            "select c.content from ledger.correction c join ledger.content k using (content) "
            "where k.destroyed_at is null and not exists (select from ledger.run r where r.content = c.content) "
            "and not exists (select from ledger.correction o where o.content = c.content and o.state = 'signed') "
            "and not exists (select from ledger.correction o where o.content = c.content and o.state = 'waiting' "
            "and o.made_at >= now() - make_interval(days => %(days)s)) "
            "and (c.state = 'refused' or c.state = 'waiting' and c.made_at < now() - make_interval(days => %(days)s))",
            {"days": settings.quarantine_days},
        ).fetchall()
        exports = connection.execute(
            "select export_id, file from ledger.quarantine_export where ended_at is null and expires_at < now()"
        ).fetchall()
        runs = {
            run
            for (run,) in connection.execute(
                "select run from ledger.run where state <> 'open' and ended_at < now() - make_interval(days => %s)",
                (settings.quarantine_days,),
            ).fetchall()
        }
    folders = {
        folder.removeprefix("quarantine-") for folder in vault.names(settings.home) if folder.startswith("quarantine-")
    }
    return Due(
        contents=tuple(
            dict.fromkeys([content for content, is_open in contents if not is_open] + [each for (each,) in given_up])
        ),
        quarantines=tuple(sorted(runs & folders)),
        kept_open=sum(is_open for _, is_open in contents),
        exports=tuple(exports),
    )


def purge(connection: Connection, settings: Settings, past: Due) -> None:
    """Destroy the keys, then say so in the ledger: a crash in between is made good by the next purge."""
    for content in past.contents:
        vault.destroy(settings.home, content)
        logs.event("purge.content_destroyed", digest=content)
        with transaction(connection, "noting a destruction"):
            connection.execute("update ledger.content set destroyed_at = now() where content = %s", (content,))
            connection.execute(
                "update ledger.correction set state = 'refused', ended_at = now() "
                "where content = %s and state = 'waiting'",
                (content,),
            )
            audit.record(connection, "raw file destroyed", content=content)
    for run in past.quarantines:
        vault.destroy(settings.home, f"quarantine-{run}")
        logs.event("purge.quarantine_destroyed", run=run)
        with transaction(connection, "noting a destruction"):
            audit.record(connection, "quarantined rows destroyed", run)
    for export_id, file in past.exports:
        privatefiles.erase(Path(file))
        with transaction(connection, "noting a destruction"):
            connection.execute(
                "update ledger.quarantine_export set ended_at = now(), ended_by = 'purge' where export_id = %s",
                (export_id,),
            )
            audit.record(connection, "quarantine export destroyed", export=export_id)
