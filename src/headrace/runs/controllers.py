"""The job that carries a run out, and the ids of its starts. Pure."""

import re

import msgspec

from headrace import settings as settings_module
from headrace.errors import RecordError
from headrace.gcs import ObjectUri
from headrace.pipeline import Action, Machine, Network, Pipeline
from headrace.runs.records import RUN_FILE, RunRequest, run_folder
from headrace.services.protocol import RUN_LABEL
from headrace.settings import Settings

CONTROLLERS = "controllers"
"""Run label of all controllers: a run's own label is for its jobs, which its head polls."""

MAX_RESTARTS = 8
"""One digit after the run id: both together must fit a job's id, 63 characters."""

_MAX_ID = 63
_MACHINE_TYPE = "e2-standard-2"
_CPUS = 2
_MEMORY_MB = 8 * 1024
_BOOT_DISK_GB = 50
_START = re.compile(r"(?P<run>.+-[0-9a-f]{20})-(?P<start>[2-9])\Z")


def request_uri(settings: Settings, run: str) -> ObjectUri:
    """Return the address of a run's request."""
    return run_folder(settings.results, run) / RUN_FILE


def job_id(run: str, start: int) -> str:
    """Return the id of a run's controller job: the run's own, and `RUN-2` for its second start."""
    return run if start == 1 else f"{run}-{start}"


def run_and_start(job: str) -> tuple[str, int]:
    """Return the run and the start that a controller job's id stands for."""
    found = _START.match(job)
    return (found["run"], int(found["start"])) if found else (job, 1)


def may_restart(request: RunRequest, start: int) -> bool:
    """Tell whether a controller may follow the one of this start."""
    allowed = min(request.controller.restarts, MAX_RESTARTS)
    return start <= allowed and len(job_id(request.run_id, start + 1)) <= _MAX_ID


def controller_job(settings: Settings, request: RunRequest) -> Pipeline:
    """Return the job that carries a run out: `headrace-controller` on its request.

    Its image is the request's, whatever has been deployed since, but always one of this
    installation's controller images: jobs can write where requests lie, and controllers may do more
    than jobs.

    Raises:
        RecordError: it names another image.
    """
    if image_name(request.image) != image_name(settings.controller_image):
        raise RecordError(
            f"Run {request.run_id} asks for the image '{request.image}', which is no controller "
            f"image of this installation: these are '{image_name(settings.controller_image)}'."
        )
    ours = msgspec.structs.replace(settings, run=request.run_id, controller_image=request.image)
    action = Action(
        name="controller",
        image=request.image,
        entrypoint="headrace-controller",
        commands=(str(request_uri(settings, request.run_id)),),
        environment=settings_module.environment(ours),
    )
    labels = {RUN_LABEL: CONTROLLERS}
    machine = _machine(settings, labels, spot=request.controller.spot)
    return Pipeline((action,), machine, request.controller.hours * 3600, labels=labels)


def image_name(image: str) -> str:
    """Return an image's name without its digest and tag."""
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"


def _machine(settings: Settings, labels: dict[str, str], *, spot: bool) -> Machine:
    network = None
    if settings.network is not None and settings.subnetwork is not None:
        network = Network(settings.network, settings.subnetwork)
    return Machine(
        machine_type=_MACHINE_TYPE,
        cpus=_CPUS,
        memory_mb=_MEMORY_MB,
        region=settings.region,
        boot_disk_gb=_BOOT_DISK_GB,
        spot=spot,
        service_account=settings.controller_service_account,
        network=network,
        labels=labels,
    )
