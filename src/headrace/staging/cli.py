"""`headrace-stage in|follow|join|out`: the actions of ours around a job's steps."""

import argparse
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from headrace.errors import HeadraceError, InputError
from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.staging.bring_in import bring_in
from headrace.staging.follow import follow
from headrace.staging.join import join
from headrace.staging.layout import WorkDisk
from headrace.staging.objects import Objects
from headrace.staging.plan import PLAN_VARIABLE, WORK_VARIABLE, Plan
from headrace.staging.take_out import take_out

logger = logging.getLogger("headrace.stage")


def main() -> None:
    """Run one of the actions; exits 1 with one sentence if the job cannot have succeeded."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="headrace-stage", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("in", help="bring in plan and inputs")
    actions.add_parser("out", help="store logs, results and manifest")
    beside = actions.add_parser("follow", help="store logs on the way, until stopped")
    beside.add_argument("seconds", type=float, help="between two looks")
    joined = actions.add_parser("join", help="wait for steps that run at once")
    joined.add_argument("numbers", type=int, nargs="+", help="of the steps")
    options = parser.parse_args()
    try:
        succeeded = _run(options, os.environ)
    except (HeadraceError, OSError) as error:
        logger.error("headrace-stage %s: %s", options.action, error)  # noqa: TRY400 # a sentence
        succeeded = False
    raise SystemExit(0 if succeeded else 1)


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> bool:
    match options.action:
        case "in":
            return _stage_in(environ)
        case "out":
            return _stage_out(environ)
        case "join":
            return join(_disk(environ), options.numbers)
        case _:
            follow(_kept_plan(environ), _disk(environ), _objects(environ), options.seconds)
            return True


def _stage_in(environ: Mapping[str, str]) -> bool:
    disk, objects = _disk(environ), _objects(environ)
    document = objects.read(_plan_uri(environ))
    plan = decode_json(document, Plan, "plan")
    try:
        size = bring_in(plan, disk, objects)
    except (HeadraceError, OSError) as error:
        _keep_refusal(disk, str(error))
        raise
    disk.plan.write_bytes(document)
    logger.info("Brought %d bytes in %d inputs.", size, len(plan.inputs))
    return True


def _keep_refusal(disk: WorkDisk, sentence: str) -> None:
    """Leave the reason to stage-out, which has other means to tell it: this log stays here."""
    with suppress(OSError):  # a full disk
        disk.refusal.write_text(sentence)


def _stage_out(environ: Mapping[str, str]) -> bool:
    manifest = take_out(_kept_plan(environ), _disk(environ), _objects(environ))
    for problem in manifest.problems:
        logger.error("%s", problem)
    logger.info("Stored %d bytes.", manifest.bytes_out)
    return not manifest.problems


def _kept_plan(environ: Mapping[str, str]) -> Plan:
    """Return the plan that stage-in left on the disk, or the bucket's if it never came so far."""
    kept = _disk(environ).plan
    document = kept.read_bytes() if kept.exists() else _objects(environ).read(_plan_uri(environ))
    return decode_json(document, Plan, "plan")


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
