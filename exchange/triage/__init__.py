"""Triage: which rows may be held, what becomes of a referral, and when what is due. Pure; the rules are data in mappings/."""
