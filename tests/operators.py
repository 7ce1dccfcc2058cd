"""Operators for tests: their keys, their blocks in lvws.toml, and typing as one of them.

staff = Staff.of(service, "jo", "sam")
staff.lvws("jo", "held", "release", KEY, "--reason", "asked", "--yes")
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from exchange import operators
from tests.service import Ran, Service

CALLED = "called the officer"


class Terminal(io.StringIO):
    """Standard input at which somebody types."""

    def isatty(self) -> bool:
        return True


@dataclass
class Staff:
    """People who may decide."""

    service: Service
    keys: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def of(cls, service: Service, *names: str) -> Staff:
        staff = cls(service)
        for name in names:
            private, public = operators.new(name, service.folder / "operators")
            staff.keys[name] = private
            staff.add(name, public)
        return staff

    def add(self, name: str, public: Path) -> None:
        """A block in the settings, its path relative to their folder."""
        config = self.service.folder / "lvws.toml"
        block = f"[operators.{name}]\npublic_key = {json.dumps(str(public.relative_to(self.service.folder)))}\n"
        config.write_text(config.read_text() + block)

    def lvws(self, who: str | None, *arguments: str, typed: str | None = None, piped: str | None = None) -> Ran:
        """One command line as an operator, who types lines, or into which something is piped."""
        key = {operators.KEY_VARIABLE: str(self.keys[who])} if who else {}
        with pytest.MonkeyPatch.context() as patch:
            stdin = Terminal(typed) if typed is not None else io.StringIO(piped or "")
            patch.setattr(sys, "stdin", stdin)
            patch.setattr(self.service, "environ", {**self.service.environ, **key})
            return self.service.lvws(*arguments)

    def set(self, who: str, key: str, fields: Mapping[str, str | None], *more: str) -> Ran:
        """`lvws contact set` with the fields on standard input."""
        given = json.dumps(fields)
        return self.lvws(who, "contact", "set", key, "--reason", CALLED, "--yes", "--json", *more, piped=given)

    def show(self, key: str, *more: str) -> Any:
        """`lvws contact show --json`, which has to end well."""
        ran = self.lvws(None, "contact", "show", key, "--reason", CALLED, "--json", *more)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran.json
