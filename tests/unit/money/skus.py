"""Entries of the Cloud Billing Catalog, made after the discovery document and real descriptions."""

from typing import Any

HERE = "europe-west1"

PRICES = [
    ("N2D AMD Instance Core running in Belgium", "OnDemand", HERE, "h", 0.030252),
    ("N2D AMD Instance Ram running in Belgium", "OnDemand", HERE, "GiBy.h", 0.004054),
    ("Spot Preemptible N2D AMD Instance Core running in Belgium", "Preemptible", HERE, "h", 0.0087),
    (
        "Spot Preemptible N2D AMD Instance Ram running in Belgium",
        "Preemptible",
        HERE,
        "GiBy.h",
        0.0011,
    ),
    ("N1 Predefined Instance Core running in Belgium", "OnDemand", HERE, "h", 0.0348),
    ("E2 Instance Core running in EMEA", "OnDemand", HERE, "h", 0.024),
    ("E2 Instance Ram running in EMEA", "OnDemand", HERE, "GiBy.h", 0.0032),
    ("C4A Arm Instance Core running in Belgium", "OnDemand", HERE, "h", 0.034),
    ("Nvidia Tesla T4 GPU running in EMEA", "OnDemand", HERE, "h", 0.41),
    (
        "Nvidia Tesla T4 GPU attached to Spot Preemptible VMs running in EMEA",
        "Preemptible",
        HERE,
        "h",
        0.14,
    ),
    ("Nvidia L4 GPU running in EMEA", "OnDemand", HERE, "h", 0.62),
    ("Balanced PD Capacity", "OnDemand", HERE, "GiBy.mo", 0.11),
    ("SSD backed Local Storage in Belgium", "OnDemand", HERE, "GiBy.mo", 0.088),
    (
        "SSD backed Local Storage attached to Spot Preemptible VMs in Belgium",
        "Preemptible",
        HERE,
        "GiBy.mo",
        0.05,
    ),
    ("External IP Charge on a Standard VM", "OnDemand", "global", "h", 0.005),
    ("External IP Charge on a Spot Preemptible VM", "OnDemand", "global", "h", 0.0025),
    ("Networking Cloud Nat Data Processing", "OnDemand", HERE, "GiBy", 0.045),
    ("Network Internet Data Transfer Out from EMEA to EMEA", "OnDemand", HERE, "GiBy", 0.12),
    ("Regional Standard Class A Operations", "OnDemand", "global", "count", 0.000005),
    ("Regional Standard Class B Operations", "OnDemand", "global", "count", 0.0000004),
]

DECOYS = [
    ("N2D AMD Custom Instance Core running in Belgium", "OnDemand", HERE, "h", 9.0),
    ("Commitment v1: N2D AMD Cpu in Belgium for 1 Year", "Commit1Yr", HERE, "h", 9.0),
    ("N2D AMD Instance Core running in Iowa", "OnDemand", "us-central1", "h", 9.0),
    ("N2D AMD Instance Core running in Belgium", "Commit1Yr", HERE, "h", 9.0),
    ("N2D AMD Sole Tenancy Instance Core running in Belgium", "OnDemand", HERE, "h", 9.0),
    ("Regional Balanced PD Capacity in Belgium", "OnDemand", HERE, "GiBy.mo", 9.0),
    ("Hyperdisk Balanced Capacity in Belgium", "OnDemand", HERE, "GiBy.mo", 9.0),
    ("Network Internet Data Transfer Out from EMEA to China", "OnDemand", HERE, "GiBy", 9.0),
    ("Regional Standard Tagging Class A Operations", "OnDemand", "global", "count", 9.0),
    ("Reserved A2 Instance Core running in Belgium", "OnDemand", HERE, "h", 9.0),
]


def sku(
    description: str,
    plan: str,
    region: str,
    unit: str,
    price: float,
    *,
    currency: str = "USD",
    free: bool = False,
) -> dict[str, Any]:
    """Return an entry; `free` puts a tier before the price that costs nothing."""
    nanos = round(price % 1 * 1e9)
    tier = {
        "startUsageAmount": 1 if free else 0,
        "unitPrice": {"currencyCode": currency, "units": str(int(price)), "nanos": nanos},
    }
    nothing = {"startUsageAmount": 0, "unitPrice": {"currencyCode": currency, "units": "0"}}
    return {
        "name": f"services/6F81-5844-456A/skus/{len(description):012d}",
        "description": description,
        "category": {"serviceDisplayName": "Compute Engine", "usageType": plan},
        "serviceRegions": [region],
        "pricingInfo": [
            {
                "effectiveTime": "2026-11-01T00:00:00Z",
                "pricingExpression": {
                    "usageUnit": unit,
                    "displayQuantity": 1,
                    "tieredRates": [nothing, tier] if free else [tier],
                },
                "currencyConversionRate": 1,
            }
        ],
        "serviceProviderName": "Google",
    }


def catalogue(currency: str = "USD") -> list[dict[str, Any]]:
    """Return all entries, those that must not be taken among them."""
    return [sku(*row, currency=currency) for row in [*DECOYS, *PRICES]]
