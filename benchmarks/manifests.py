"""What the manifests of a run say, read in bulk."""

import json
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote

from headrace.records import decode_json
from headrace.staging.manifest import MANIFEST_METADATA, Manifest
from headrace.staging.plan import MANIFEST_NAME


def manifests(endpoint: str, run: str) -> Iterator[Manifest]:
    """Yield the manifests of all jobs of a run, from listings of the results bucket."""
    base = f"{endpoint}/storage/v1/b/results/o?prefix={quote(f'work/{run}/', safe='')}"
    token = ""
    while True:
        address = base + (f"&pageToken={quote(token, safe='')}" if token else "")
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 # our own server
            page = json.load(answer)
        for item in page.get("items", []):
            if item["name"].endswith(f"/{MANIFEST_NAME}"):
                text = item["metadata"][MANIFEST_METADATA]
                yield decode_json(text, Manifest, item["name"])
        token = page.get("nextPageToken", "")
        if not token:
            return
