"""`headrace upload`: files into the inbox, under names that will be accepted there."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from headrace import gcs
from headrace.commands import output, place
from headrace.commands.topics import Topics, settings_of
from headrace.errors import InputError, SettingsError
from headrace.gcs import ObjectUri
from headrace.page import words
from headrace.runs.store import Store

_FOLDER = "uploads"


def add(topics: Topics) -> None:
    """Add `headrace upload`."""
    command = topics.add_parser("upload", help="upload files to the inbox")
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")
    command.add_argument(
        "--to", default=_FOLDER, metavar="FOLDER", help="its folder there (%(default)s)"
    )
    command.set_defaults(command=_upload)


def _upload(options: argparse.Namespace) -> None:
    settings = settings_of(options)
    if not settings.inbox:
        raise SettingsError("Missing settings: set HEADRACE_INBOX to the bucket of uploads.")
    upload(place.store(settings), settings.inbox, options.files, options.to.strip("/"))


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
        output.say(f"{uri} ({words.size(file.stat().st_size)})")
