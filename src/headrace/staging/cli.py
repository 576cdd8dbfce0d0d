"""`headrace-stage in|out`: the two actions of ours around the steps of every job."""

import argparse
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from headrace.errors import HeadraceError, InputError
from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.staging.bring_in import bring_in
from headrace.staging.layout import WorkDisk
from headrace.staging.objects import Objects
from headrace.staging.plan import PLAN_VARIABLE, WORK_VARIABLE, Plan
from headrace.staging.take_out import take_out

logger = logging.getLogger("headrace.stage")


def main() -> None:
    """Run one of the two actions; exits 1 with one sentence if the job cannot have succeeded."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="headrace-stage", description=__doc__)
    parser.add_argument("direction", choices=["in", "out"])
    direction = parser.parse_args().direction
    try:
        succeeded = _stage_in(os.environ) if direction == "in" else _stage_out(os.environ)
    except HeadraceError as error:
        logger.error("headrace-stage %s: %s", direction, error)  # noqa: TRY400 # no tracebacks
        succeeded = False
    raise SystemExit(0 if succeeded else 1)


def _stage_in(environ: Mapping[str, str]) -> bool:
    disk, objects = _disk(environ), _objects(environ)
    document = objects.read(_plan_uri(environ))
    plan = decode_json(document, Plan, "plan")
    size = bring_in(plan, disk, objects)
    disk.plan.write_bytes(document)
    logger.info("Brought %d bytes in %d inputs.", size, len(plan.inputs))
    return True


def _stage_out(environ: Mapping[str, str]) -> bool:
    disk, objects = _disk(environ), _objects(environ)
    document = disk.plan.read_bytes() if disk.plan.exists() else objects.read(_plan_uri(environ))
    manifest = take_out(decode_json(document, Plan, "plan"), disk, objects)
    for problem in manifest.problems:
        logger.error("%s", problem)
    logger.info("Stored %d bytes.", manifest.bytes_out)
    return not manifest.problems


def _disk(environ: Mapping[str, str]) -> WorkDisk:
    return WorkDisk(Path(_variable(environ, WORK_VARIABLE)))


def _objects(environ: Mapping[str, str]) -> Objects:
    return Objects(environ.get("STORAGE_EMULATOR_HOST"))


def _plan_uri(environ: Mapping[str, str]) -> ObjectUri:
    return ObjectUri.parse(_variable(environ, PLAN_VARIABLE))


def _variable(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise InputError(f"{name} is not set: headrace-stage runs inside a job's machine only.")
    return environ[name]


if __name__ == "__main__":
    main()
