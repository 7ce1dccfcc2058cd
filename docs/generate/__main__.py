"""Write the generated pages of docs/, or tell which of them are stale: `python -m docs.generate [--check]`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).resolve().parents[1]

# Each is a module here and a page in docs/.
PAGES: Final = ("rules", "triage", "mappings", "errors", "runbook", "commands", "settings", "cms", "faults", "returns")

NOTICE: Final = "<!-- Generated from the code by `make docs`: change the code, not this page. -->\n\n"


def rendered() -> dict[Path, str]:
    """What each generated page must say now."""
    return {DOCS / f"{page}.md": rendered_page(page) for page in PAGES}


def rendered_page(page: str) -> str:
    """What one generated page must say now."""
    return NOTICE + str(importlib.import_module(f"docs.generate.{page}").render()).rstrip("\n") + "\n"


def stale(pages: Mapping[Path, str]) -> list[Path]:
    """The pages that are missing, or say something else than they must."""
    return [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def main(arguments: list[str] | None = None) -> int:
    """0 when all pages are fresh (now); 1 when `--check` found a stale one."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the pages that are stale")
    check = parser.parse_args(arguments).check

    pages = rendered()
    old = stale(pages)
    for path in old:
        if not check:
            path.write_text(pages[path], encoding="utf-8")
        sys.stdout.write(f"docs/{path.name} {'is stale; run: make docs' if check else 'written'}\n")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main())
