"""Broken rows: seen by cause, read with a reason, corrected by people or released, and replayed in their old place."""
