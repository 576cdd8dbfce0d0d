"""Which installation a command talks to: Google Cloud's, or a local cloud's."""

import os
from collections.abc import Mapping
from pathlib import Path

from headrace import local, services, settings
from headrace.runs.cloudstore import CloudStore
from headrace.runs.store import Store
from headrace.services import JobService
from headrace.settings import GCP_FILE, PREFIX, Settings

PATIENCE_SECONDS = 10.0
"""How long a person waits for a storage service that does not answer."""


def find(
    *, want_local: bool, environ: Mapping[str, str] = os.environ, folder: Path | None = None
) -> Settings:
    """Return the settings that apply in this folder.

    It is the local cloud if that is asked for or the environment names one; otherwise Google Cloud
    if the environment or `profiles/gcp/settings.yaml` says anything about it; otherwise a local
    cloud that was started from this folder. Raises `SettingsError` naming what is missing.
    """
    home = folder or Path()
    if environ.get("CLOUD_URL"):
        return settings.load(environ, defaults=local.DEFAULTS)
    named = f"{PREFIX}PROJECT" in environ or (home / GCP_FILE).exists()
    state = home / local.STATE_FOLDER
    if want_local or (not named and (state / "env.sh").exists()):
        found = local.read_environment(state)
        return settings.load({**found, **environ}, defaults=local.DEFAULTS)
    return settings.load(environ, home / GCP_FILE)


def store(found: Settings) -> Store:
    """Return the buckets of an installation."""
    return CloudStore(found.project, found.storage_endpoint, PATIENCE_SECONDS)


def service(found: Settings) -> JobService:
    """Return the job service of an installation."""
    return services.connect(
        found.service, project=found.project, region=found.region, endpoint=found.endpoint
    )
