"""Job ids, labels and step names within the limits of both APIs: pure.

Batch job ids: `^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`. Label values: lower-case letters, digits, dash
and underscore, at most 63. Life Sciences container names: letters, digits and dash.
"""

import hashlib
import re
from typing import Any

import msgspec

from headrace.errors import SettingsError

KEY_DIGITS = 20
MAX_ID = 63
_SLUG_LENGTH = 30
_RUN = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?\Z")


def slug(text: str, length: int = _SLUG_LENGTH) -> str:
    """Return lower-case letters, digits and single dashes that resemble `text`; never empty."""
    dashed = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:length].strip("-")
    return dashed if dashed[:1].isalpha() else f"r{dashed}"[:length].strip("-")


def job_key(*parts: Any) -> str:
    """Return the same digits for the same parts, in every process and on every machine."""
    digest = hashlib.sha256(msgspec.json.encode(parts, order="sorted"))
    return digest.hexdigest()[:KEY_DIGITS]


def job_id(rule: str, key: str, attempt: int) -> str:
    """Return the id of one submission of a job: `attempt` counts fresh starts of the same key."""
    return f"{slug(rule)}-{key}-{attempt}"


def check_run(run: str) -> None:
    """Raise `SettingsError` unless a run's id can be a label and a job id."""
    if len(run) > MAX_ID or not _RUN.match(run):
        raise SettingsError(
            f"The run id '{run}' cannot be a label: begin with a letter and use at most {MAX_ID} "
            "lower-case letters, digits and dashes."
        )
