"""Choose and connect the job service that the settings name."""

from headrace.services.batch import BatchService
from headrace.services.lifesciences import LifeSciencesService
from headrace.services.protocol import JobService, ServiceName
from headrace.services.wire import Client


def connect(
    service: ServiceName, *, project: str, region: str, endpoint: str | None = None
) -> JobService:
    """Return the service; nothing is sent before its first use."""
    match service:
        case ServiceName.LIFESCIENCES:
            return LifeSciencesService(Client("lifesciences", "v2beta", endpoint), project, region)
        case ServiceName.BATCH:
            return BatchService(Client("batch", "v1", endpoint), project, region)
