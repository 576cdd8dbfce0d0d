"""The local cloud as seen from outside it: where a running one says it can be reached.

`localcloud up` writes `env.sh` into its state folder; a user sources it, we read it.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path

from headrace.errors import SettingsError

STATE_FOLDER = Path(".localcloud")

DEFAULTS: Mapping[str, str] = {
    "project": "local",
    "region": "us-central1",
    "inbox": "inbox",
    "results": "results",
    "stage_image": "headrace-stage",
    "controller_image": "headrace-controller",
    "service": "lifesciences",
    "profile": "profiles/local",
}
"""Settings of the local cloud that `make up` and `make demo` start."""


def read_environment(folder: Path = STATE_FOLDER) -> dict[str, str]:
    """Return the variables of the local cloud in this folder.

    Raises:
        SettingsError: none is running there.
    """
    script = folder / "env.sh"
    if not script.exists():
        raise SettingsError(f"No local cloud is running in {folder}: start one with 'make up'.")
    words = shlex.split(script.read_text(), comments=True)
    return dict(word.split("=", 1) for word in words if "=" in word)
