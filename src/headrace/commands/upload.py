"""`headrace upload`: files into the inbox, under names that will be accepted there."""

from collections.abc import Sequence
from pathlib import Path

from headrace import gcs
from headrace.commands import output
from headrace.errors import InputError
from headrace.gcs import ObjectUri
from headrace.runs.store import Store


def upload(store: Store, inbox: str, files: Sequence[Path], folder: str) -> None:
    """Upload the files, all or, if one of them cannot be, none; raises `InputError` then."""
    targets = [ObjectUri(inbox, f"{folder}/{file.name}".lstrip("/")) for file in files]
    for file, uri in zip(files, targets, strict=True):
        if not file.is_file():
            raise InputError(f"There is no file '{file}'.")
        gcs.check_name(uri.name, "object name")
        if targets.count(uri) > 1:
            raise InputError(f"Two files would become {uri}: upload them to different folders.")
    for file, uri in zip(files, targets, strict=True):
        store.upload(uri, file)
        output.say(f"{uri} ({output.size(file.stat().st_size)})")
