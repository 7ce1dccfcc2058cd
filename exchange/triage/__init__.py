"""Triage: which rows may be held, what becomes of a referral, when what is due. Pure; the rules are in mappings/."""
