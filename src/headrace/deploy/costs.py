"""What an installation costs while nobody uploads: list prices, us-central1, USD, July 2026."""

from dataclasses import dataclass

from headrace.deploy.plans import Plan, resources

_HOURS = 730
_MONTHLY = {
    "google_cloud_scheduler_job": ("schedule; a billing account's first three are free", 0.10),
    "google_compute_router_nat": ("Cloud NAT, without its traffic", 0.0448 * _HOURS),
    "google_dns_managed_zone": ("private DNS zone", 0.20),
}


@dataclass(frozen=True)
class Cost:
    """A thing that is paid by the month, used or not."""

    what: str
    usd: float


def fixed(plan: Plan) -> list[Cost]:
    """Return what a plan costs by the month; all else is paid by use."""
    return [Cost(*_MONTHLY[resource["type"]]) for resource in resources(plan, *_MONTHLY)]
