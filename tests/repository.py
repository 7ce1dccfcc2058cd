"""Where this repository is, and which of its files are ours to check."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("exchange", "flows", "mappings", "outputs", "synth", "validators")
CODE = (*PACKAGES, "benchmarks", "docs")
TEXT = (*CODE, "tests", "samples", "requirements", ".ci")
TEXT_SUFFIXES = {".py", ".md", ".csv", ".sql", ".toml", ".yaml", ".json", ".in", ".txt", ".ini", ".mako", ""}


def python_files(folders: tuple[str, ...]) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def text_files() -> list[Path]:
    """Every text file that belongs to the project; what tools and runs leave behind does not."""
    inside = [path for folder in TEXT for path in (ROOT / folder).rglob("*")]
    return sorted(
        path
        for path in (*inside, *ROOT.glob("*"))
        if path.is_file()
        and path.suffix in TEXT_SUFFIXES
        and "__pycache__" not in path.parts
        and path.name != "lvws.toml"
    )
