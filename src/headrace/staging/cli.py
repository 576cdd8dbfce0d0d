"""`headrace-stage in|follow|join|out`: the actions of ours around a job's steps."""

import argparse
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress

from headrace.errors import HeadraceError
from headrace.records import decode_json
from headrace.staging.bring_in import bring_in
from headrace.staging.follow import follow
from headrace.staging.join import join
from headrace.staging.layout import WorkDisk
from headrace.staging.objects import Objects
from headrace.staging.plan import Plan
from headrace.staging.reading import read_plan
from headrace.staging.surroundings import Surroundings, surroundings
from headrace.staging.take_out import take_out

BYTES_PER_MB = 1e6

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
    around = surroundings(environ)
    objects = Objects(around.endpoint)
    match options.action:
        case "in":
            return _stage_in(around, objects)
        case "out":
            return _stage_out(around, objects)
        case "join":
            return join(around.disk, options.numbers)
        case _:
            follow(_kept_plan(around, objects), around.disk, objects, options.seconds)
            return True


def _stage_in(around: Surroundings, objects: Objects) -> bool:
    found = read_plan(around, objects)
    try:
        brought = bring_in(found.plan, around.disk, objects, found.shared)
    except (HeadraceError, OSError) as error:
        _keep_refusal(around.disk, str(error))
        raise
    around.disk.plan.write_bytes(found.document)
    inputs = f"{len(found.plan.inputs)} inputs"
    logger.info("Brought %s in %s.", _amount(brought.size, brought.seconds), inputs)
    return True


def _keep_refusal(disk: WorkDisk, sentence: str) -> None:
    """Leave the reason to stage-out, which has other means to tell it: this log stays here."""
    with suppress(OSError):  # a full disk
        disk.refusal.write_text(sentence)


def _stage_out(around: Surroundings, objects: Objects) -> bool:
    try:
        manifest = take_out(_kept_plan(around, objects), around.disk, objects)
    finally:
        around.disk.clear()
    for problem in manifest.problems:
        logger.error("%s", problem)
    logger.info("Stored %s.", _amount(manifest.bytes_out, manifest.seconds_out or 0))
    return not manifest.problems


def _kept_plan(around: Surroundings, objects: Objects) -> Plan:
    """Return the plan that stage-in left on the disk, or the bucket's if it never came so far."""
    kept = around.disk.plan
    if not kept.exists():
        return read_plan(around, objects).plan
    return decode_json(kept.read_bytes(), Plan, "plan")


def _amount(size: int, seconds: float) -> str:
    rate = f", {size / seconds / BYTES_PER_MB:.0f} MB/s" if seconds else ""
    return f"{size} bytes in {seconds:.2f} s{rate}"


if __name__ == "__main__":
    main()
