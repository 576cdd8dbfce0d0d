"""Where jobs go: the options, and where they are silent the `HEADRACE_…` variables."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from headrace import settings
from headrace.gcs import ObjectUri

_SHARED = (
    "project",
    "region",
    "run",
    "stage_image",
    "controller_image",
    "endpoint",
    "storage_endpoint",
    "network",
    "subnetwork",
    "service_account",
    "registry_mirrors",
    "fuse",
)
"""Options of the executor that are settings of the installation by the same name."""


def complete(options: Any, environ: Mapping[str, str] = os.environ) -> Any:
    """Return the executor's options with nothing left open that the environment knows.

    Raises:
        SettingsError: naming every variable that is missing.
    """
    given = {name: getattr(options, name) for name in _SHARED}
    if options.work is not None:
        given["results"] = ObjectUri.parse(options.work).bucket
    spoken = {settings.PREFIX + name.upper(): value for name, value in given.items() if value}
    found = settings.load({**environ, **spoken})
    known = {name: getattr(found, name) for name in _SHARED}
    known |= {"work": found.work_uri, "service": found.service.value}
    return replace(
        options, **{name: value for name, value in known.items() if getattr(options, name) is None}
    )
