"""A test upload, end to end and free of charge: an object that the function must refuse.

Its name is outside the allow-list, so the function that gets the event leaves the reason in
`gs://RESULTS/rejected/` and starts nothing. That proves bucket, event, delivery, function and its
rights on both buckets.
"""

from collections.abc import Callable

from headrace.arrivals import rejections
from headrace.deploy.doctor import Finding
from headrace.gcs import ObjectUri
from headrace.runs.store import Store

NAME = "headrace doctor/test upload"
_PAUSE_SECONDS = 2.0
_TRIES = 60


def upload(
    store: Store, inbox: str, results: str, region: str, wait: Callable[[float], None]
) -> Finding:
    """Upload, wait for the refusal, and say whether it came."""
    uri = ObjectUri(inbox, NAME)
    store.write(uri, b"")
    (stored,) = (found for found in store.list_objects(uri) if found.uri == uri)
    refusal = rejections.place(results, stored)
    for _ in range(_TRIES):
        if any(found.uri == refusal for found in store.list_objects(refusal)):
            return Finding("test upload", well=True, detail="arrived, and was refused as it must")
        wait(_PAUSE_SECONDS)
    seconds = _PAUSE_SECONDS * _TRIES
    fix = f"gcloud functions logs read --gen2 --region={region} --limit=20"
    return Finding("test upload", well=False, detail=f"nothing after {seconds:.0f} s", fix=fix)
