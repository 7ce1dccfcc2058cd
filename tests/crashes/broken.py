"""Programs broken on purpose."""
from dataclasses import dataclass
from collections.abc import Callable
@dataclass(frozen=True)
class Variant:
    points: tuple[str, ...]
    breaks: Callable[[], None]
    prepare: Callable[[str], None] | None = None
VARIANTS: dict[str, Variant] = {}
