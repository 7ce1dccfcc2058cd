"""Synthetic London: feeds that look like the real ones and add up to the published Year One. Nobody in them exists.

The folders are the way of it: counts (figures to joint counts), planning (counts to referrals without people), casework
(what was done about them), population (who they are), rows and files (what senders send), faults (what goes wrong).
"""
