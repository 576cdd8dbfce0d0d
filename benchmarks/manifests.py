"""What the manifests of a run say, all of them."""

from collections.abc import Iterator
from contextlib import closing

from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.staging.manifest import Manifest
from headrace.staging.objects import Objects
from headrace.staging.plan import MANIFESTS_FOLDER


def manifests(endpoint: str, run: str) -> Iterator[Manifest]:
    """Yield the manifests of all jobs of a run, and of all tasks of its arrays."""
    with closing(Objects(endpoint)) as objects:
        for stored in objects.list_below(ObjectUri("results", f"work/{run}/{MANIFESTS_FOLDER}")):
            content = objects.read(ObjectUri.parse(stored.uri))
            yield decode_json(content, Manifest, stored.uri)
