"""Which method of which API a request is: for counts that name what was called."""

import re
from enum import StrEnum

from snakemake_storage_plugin_gcsindex.counting import kind_of

_JOBS = r"/v1/projects/[^/]+/locations/[^/]+/jobs"
_OPERATIONS = r"/v2beta/projects/[^/]+/locations/[^/]+/operations"
_METHODS = tuple(
    (verb, re.compile(path + r"\Z"), name)
    for verb, path, name in (
        ("POST", _JOBS, "batch.jobs.create"),
        ("GET", _JOBS, "batch.jobs.list"),
        ("GET", f"{_JOBS}/[^/]+", "batch.jobs.get"),
        ("POST", f"{_JOBS}/[^/]+:cancel", "batch.jobs.cancel"),
        ("DELETE", f"{_JOBS}/[^/]+", "batch.jobs.delete"),
        ("GET", f"{_JOBS}/[^/]+/taskGroups/[^/]+/tasks", "batch.tasks.list"),
        ("GET", f"{_JOBS}/[^/]+/taskGroups/[^/]+/tasks/[^/]+", "batch.tasks.get"),
        ("POST", r"/v2beta/.*/pipelines:run", "lifesciences.pipelines.run"),
        ("GET", _OPERATIONS, "lifesciences.operations.list"),
        ("GET", f"{_OPERATIONS}/[^/]+", "lifesciences.operations.get"),
    )
)


class Side(StrEnum):
    """Which server a request goes to."""

    API = "API of the job service"
    STORAGE = "Cloud Storage"


def name_of(side: Side, verb: str, target: str) -> str:
    """Return the method's name for the job service, the kind of request for the storage."""
    if side is Side.STORAGE:
        return str(kind_of(verb, target))
    path = target.partition("?")[0]
    found = (name for known, pattern, name in _METHODS if known == verb and pattern.match(path))
    return next(found, f"{verb} {path}")
