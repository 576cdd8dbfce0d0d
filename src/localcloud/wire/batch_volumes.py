"""Batch v1: the volumes of a task, which are disks of its machine or buckets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.jobs.spec import BucketDisk, Machine, Mount
from localcloud.wire.errors import invalid, unimplemented
from localcloud.wire.rules import check_choice

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
"""https://cloud.google.com/storage/docs/buckets#naming, without its rarer rules."""

Message = Mapping[str, Any]


def parse_volumes(
    volumes: Sequence[Message], field: str, machine: Machine
) -> tuple[tuple[Mount, ...], tuple[BucketDisk, ...]]:
    """Where a task's volumes are mounted, and which of them are buckets."""
    mounts, buckets = [], []
    for number, volume in enumerate(volumes):
        place = f"{field}[{number}]"
        source = check_choice(place, volume, ("deviceName", "nfs", "gcs"))
        path = volume.get("mountPath", "").rstrip("/")
        if not path.startswith("/"):
            raise invalid(f"{place}.mount_path", f"{path!r} is not an absolute path below /")
        if source == "nfs":
            raise unimplemented(f"{place}.nfs", "nfs volumes")
        if source == "gcs":
            bucket = _bucket(volume["gcs"], f"{place}.gcs", f".bucket-{number}")
            buckets.append(bucket)
            mounts.append(Mount(path, bucket.disk))
            continue
        device = volume["deviceName"]
        if device not in machine.disks:
            raise invalid(
                f"{place}.device_name", f"{device!r} is not among the disks of the instance policy"
            )
        mounts.append(Mount(path, device))
    return tuple(mounts), tuple(buckets)


def _bucket(gcs: Message, field: str, disk: str) -> BucketDisk:
    """`remotePath` is `BUCKET` or `BUCKET/FOLDER/`; no device's name begins with a dot."""
    remote = gcs.get("remotePath", "")
    bucket, _, folder = remote.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise invalid(f"{field}.remote_path", f"{remote!r} is not BUCKET or BUCKET/FOLDER")
    return BucketDisk(disk, bucket, f"{folder.rstrip('/')}/" if folder else "")
