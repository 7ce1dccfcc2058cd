"""Make the sample files anew: `python -m samples.make`. The same every time; the files are committed.

Beside them it writes expected.json: the state and the counts that the service has to come to, file by file. They
are counted from what each row was made for, not from what the service does.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from exchange.sources import SOURCES
from samples import casework, fraud, idva, police
from samples.rows import File, Row
from validators import fraud_referral
from validators.layout import Layout

FOLDER = Path(__file__).parent

README = """\
# Sample files

Four business days in June 2019 of every sender, for `lvws demo` and for tests. The people in them are made up: phones
are from Ofcom's ranges for drama, postcodes of areas that do not exist, streets invented.

Made by `python -m samples.make`, the same every time; this page and `expected.json` (the state and the counts that the
service has to come to, file by file) with them. Rows that are not named below are ordinary: new referrals that are
created. To look at a file, remember that the feeds of police and
witness care are Windows-1252, and Action Fraud's is UTF-8 with BOM.

| folder | files |
|---|---|
| `mps` | Monday, Tuesday, Wednesday (a nil file: there was nothing), Thursday |
| `action_fraud` | Monday, Tuesday, Thursday, each with its manifest; number 403 never came |
| `btp` | Monday; Wednesday's is **refused**: two digits changed places on its way, and its checksum says so |
| `colp` | Tuesday; Thursday's is **still being written**: it breaks off in a row and has no trailer |
| `contact_centre` | Monday and Thursday |
| `witness_care_unit` | Tuesday |
| `case_activity` | Tuesday and Thursday; one of Tuesday's events waits for its referral |
| `idva_roster` | the roster of IDVA posts of 30 June, as three CSV files; no row of it is broken |
"""


def files() -> tuple[File, ...]:
    """All sample files."""
    referrals = (*police.mps(), *fraud.action_fraud(), *police.btp(), *police.colp())
    return (*referrals, *casework.contact_centre(), *casework.witness_care_unit(), *casework.case_activity())


def records(file: File, layout: Layout) -> str:
    """Header and data rows as text with CRLF, notes quoted; line ends inside quotes stay LF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(layout.names)
    for row in file.rows:
        assert row.values.keys() <= set(layout.names)
        writer.writerow([row.values.get(name, "") for name in layout.names if name != row.drop])
    return text.getvalue()


def trailed_bytes(file: File) -> bytes:
    """A file with its trailer; without one while it is still being written."""
    layout = SOURCES[file.source].layout
    body = records(file, layout).encode(layout.encoding)
    if not file.finished:
        return body[:-120]
    trailer = f"TRAILER,{len(file.rows)},{zlib.crc32(body):08X}\r\n".encode("ascii")
    if file.damage is not None:
        sent, lies_there = (part.encode(layout.encoding) for part in file.damage)
        assert body.count(sent) == 1
        body = body.replace(sent, lies_there)
    return body + trailer


def fraud_bytes(file: File) -> tuple[bytes, bytes]:
    """A fraud file and its manifest."""
    body = records(file, fraud_referral.LAYOUT).encode("utf-8-sig")
    manifest = {
        "file": file.name,
        "sha256": hashlib.sha256(body).hexdigest(),
        "bytes": len(body),
        "records": len(file.rows),
        "sequence": file.sequence,
    }
    return body, (json.dumps(manifest, indent=1) + "\n").encode("ascii")


def written(file: File) -> dict[str, bytes]:
    """A file, and its manifest where its feed has one, by their paths in this folder."""
    path = f"{file.source}/{file.name}"
    if SOURCES[file.source].layout.complete == "manifest":
        body, manifest = fraud_bytes(file)
        return {path: body, f"{path}.manifest.json": manifest}
    return {path: trailed_bytes(file)}


def readme() -> str:
    """The page that says what each row shows, with the line on which it stands."""
    return README + "".join(_shown(file) for file in files() if any(row.shows for row in file.rows))


def lines(file: File) -> Iterator[tuple[int, Row]]:
    """Each row and the physical line on which it begins; the header is line 1."""
    line = 2
    for row in file.rows:
        yield line, row
        line += 1 + sum(value.count("\n") for value in row.values.values())


def _shown(file: File) -> str:
    shown = [f"| {line} | {row.outcome} | {row.shows} |\n" for line, row in lines(file) if row.shows]
    return f"\n## {file.name}\n\n| line | outcome | what it shows |\n|--:|---|---|\n{''.join(shown)}"


def made() -> dict[str, bytes]:
    """Every file of the samples, by its path in this folder."""
    found = {path: content for file in files() for path, content in written(file).items()}
    found |= {f"idva_roster/{name}": content for name, content in idva.files().items()}
    expected = {
        "files": [*(file.expected() for file in files() if file.state is not None), idva.expected()],
        "incomplete": {file.source: [file.name] for file in files() if file.state is None},
    }
    found["README.md"] = readme().encode("utf-8")
    found["expected.json"] = (json.dumps(expected, indent=1) + "\n").encode("utf-8")
    return found


def write() -> None:
    """Write them all."""
    for path, content in made().items():
        target = FOLDER / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)


if __name__ == "__main__":
    write()
