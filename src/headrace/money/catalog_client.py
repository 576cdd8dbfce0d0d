"""The Cloud Billing Catalog API, page by page."""

from collections.abc import Iterator
from typing import Any

from headrace.money.catalog import SERVICES
from headrace.services.retry import Backoff
from headrace.services.wire import Client


def skus(currency: str, endpoint: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield every entry of the services that jobs use, priced in this currency.

    `endpoint` is the base address of another server of this API; Google's own when absent.

    Raises:
        ServiceError: the catalogue cannot be read; an unknown currency is such an answer.
    """
    client = Client("cloudbilling", "v1", endpoint, Backoff())
    try:
        for service in SERVICES:
            yield from client.pages(
                client.resource.services().skus(),
                "skus",
                parent=f"services/{service}",
                currencyCode=currency,
            )
    finally:
        client.close()
