"""Alerts: what is wrong is found, noted once for as long as it lasts, and told to people by mail or chat."""
