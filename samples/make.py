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
from pathlib import Path

from exchange.sources import SOURCES
from samples import fraud, police
from samples.rows import File
from validators import fraud_referral, police_referral
from validators.layout import Layout

FOLDER = Path(__file__).parent


def files() -> tuple[File, ...]:
    """All sample files."""
    return (*police.mps(), *fraud.action_fraud(), *police.btp(), *police.colp())


def records(file: File, layout: Layout) -> str:
    """Header and data rows as text with CRLF, notes quoted; line ends inside quotes stay LF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(layout.names)
    for row in file.rows:
        assert row.values.keys() <= set(layout.names)
        writer.writerow([row.values.get(name, "") for name in layout.names if name != row.drop])
    return text.getvalue()


def police_bytes(file: File) -> bytes:
    """A police file with its trailer; without one while it is still being written."""
    body = records(file, police_referral.LAYOUT).encode("cp1252")
    if not file.finished:
        return body[:-120]
    trailer = f"TRAILER,{len(file.rows)},{zlib.crc32(body):08X}\r\n".encode("ascii")
    if file.damage is not None:
        sent, lies_there = (part.encode("cp1252") for part in file.damage)
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
    return {path: police_bytes(file)}


def made() -> dict[str, bytes]:
    """Every file of the samples, by its path in this folder."""
    found = {path: content for file in files() for path, content in written(file).items()}
    expected = {
        "files": [file.expected() for file in files() if file.state is not None],
        "incomplete": {file.source: [file.name] for file in files() if file.state is None},
    }
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
