"""Synthetic London: feeds that look like the real ones and add up to the published Year One. Nobody in them exists."""
