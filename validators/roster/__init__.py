"""The IDVA roster: what a statement of finance or HR holds, and what must be right in it (interfaces: idva)."""
