"""Prefect's side of the service: flows that read as sentences. Nothing else imports prefect.

Whoever imports a flow sends no usage figures to Prefect's makers: both switches are off before prefect is
imported, unless somebody set them (hazards F84).
"""

import os

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
