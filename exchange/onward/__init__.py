"""Onward referrals: who is handed to another service, in an encrypted file a day, until it says that it has them."""
