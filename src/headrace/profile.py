"""What the Snakemake profiles ask for: settings, or one sentence and the end."""

import os

from headrace import local, settings
from headrace.errors import HeadraceError
from headrace.settings import GCP_FILE, Settings


def gcp() -> Settings:
    """Return the settings for Google Cloud; exits with one sentence if some are missing."""
    try:
        return settings.load(file=GCP_FILE)
    except HeadraceError as error:
        raise SystemExit(str(error)) from None


def on_local_cloud() -> Settings:
    """Return the settings for the local cloud: the one around us, or the one in this folder."""
    try:
        found = {} if os.environ.get("CLOUD_URL") else local.read_environment()
        return settings.load({**found, **os.environ}, defaults=local.DEFAULTS)
    except HeadraceError as error:
        raise SystemExit(str(error)) from None
