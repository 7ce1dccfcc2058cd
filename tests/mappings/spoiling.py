"""Change one line of a copied table, to see it refused."""

from __future__ import annotations


def lines_of(root, name: str) -> list[str]:
    return (root / f"{name}.csv").read_text(encoding="utf-8").splitlines()


def spoil(root, name: str, old: str, new: str) -> None:
    """Replace the first line that starts with `old`; an empty `old` adds a line at the end."""
    lines = lines_of(root, name)
    if old:
        place = next(place for place, line in enumerate(lines) if line.startswith(old))
        lines[place : place + 1] = new.split("\n")
    else:
        lines.append(new)
    (root / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
