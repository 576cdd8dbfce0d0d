"""JSON texts of jobs for lists: made anew only when a job has changed.

Clients poll lists of many jobs of which few have changed since the last time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.api.handlers import encoded
from localcloud.jobs.job import Job

_KEPT = 50_000


class Renderings:
    """The texts that `render` has given, by job, the least used forgotten first."""

    def __init__(self, render: Callable[[Job], Mapping[str, Any]]) -> None:
        self._render = render
        self._texts: OrderedDict[str, tuple[int, bytes]] = OrderedDict()

    def text(self, job: Job) -> bytes:
        """The JSON of a job as it is now."""
        version, text = self._texts.get(job.uid, (-1, b""))
        if version != job.version:
            text = encoded(self._render(job))
            self._texts[job.uid] = job.version, text
            if len(self._texts) > _KEPT:
                self._texts.popitem(last=False)
        self._texts.move_to_end(job.uid)
        return text
