"""Limits of the services that a request must keep: pure."""

import json
from collections.abc import Mapping
from typing import Any

from headrace.errors import JobRefusedError

MAX_REQUEST_BYTES = 1_000_000
"""Of a job's definition, by the quotas of Batch; held on both services."""


def check_size(body: Mapping[str, Any]) -> None:
    """Raise `JobRefusedError` if a job's definition is larger than the services take."""
    size = len(json.dumps(body).encode())
    if size > MAX_REQUEST_BYTES:
        raise JobRefusedError(
            f"The job's definition has {size} bytes, and the service takes {MAX_REQUEST_BYTES}: "
            "make the group smaller."
        )
