"""Choose and connect the job service that the settings name."""

from headrace.services.batch import BatchService
from headrace.services.lifesciences import Claims, LifeSciencesService
from headrace.services.protocol import JobService, ServiceName
from headrace.services.retry import Backoff
from headrace.services.wire import Client


def connect(
    service: ServiceName,
    *,
    project: str,
    region: str,
    endpoint: str | None = None,
    claims: Claims | None = None,
    patience: float = Backoff.deadline,
) -> JobService:
    """Return the service; nothing is sent before its first use.

    A request that may pass is repeated for `patience` seconds. `claims` decide which of several
    processes may submit a job where the service itself takes every request (Life Sciences).
    """
    backoff = Backoff(deadline=patience)
    match service:
        case ServiceName.LIFESCIENCES:
            client = Client("lifesciences", "v2beta", endpoint, backoff)
            return LifeSciencesService(client, project, region, claims)
        case ServiceName.BATCH:
            return BatchService(Client("batch", "v1", endpoint, backoff), project, region)
