"""Matching: finding that two referrals are about one person. Pure: no database, no settings, no clock.

The order is features (what is compared), keys (who is compared with whom), score (how much speaks for one person),
decide (automatic, review or apart, and why) and groups (whole people). Splink and DuckDB are loaded by score alone.
"""
