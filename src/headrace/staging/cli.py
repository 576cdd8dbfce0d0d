"""`headrace-stage in|follow|join|out`: the actions of ours around a job's steps."""

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import closing, suppress

from headrace.errors import HeadraceError, InputError, StagingError
from headrace.records import decode_json
from headrace.staging.bring_in import bring_in
from headrace.staging.follow import follow
from headrace.staging.join import join
from headrace.staging.layout import NOT_WRITABLE, WorkDisk
from headrace.staging.objects import Objects
from headrace.staging.plan import Plan
from headrace.staging.reading import read_plan
from headrace.staging.surroundings import Surroundings, surroundings
from headrace.staging.take_out import take_out

USAGE = "headrace-stage in | out | follow SECONDS | join NUMBER..."
BYTES_PER_MB = 1e6

logger = logging.getLogger("headrace.stage")


def main() -> None:
    """Run one of the actions; exits 1 with one sentence if the job cannot have succeeded."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    action, *words = sys.argv[1:] or [""]
    try:
        succeeded = _run(action, words, os.environ)
    except (HeadraceError, OSError) as error:
        logger.error("headrace-stage %s: %s", action, error)  # noqa: TRY400 # a sentence
        succeeded = False
    raise SystemExit(0 if succeeded else 1)


def _run(action: str, words: list[str], environ: Mapping[str, str]) -> bool:
    """Run an action. The words are ours alone, so that no parser need be started for them."""
    around = surroundings(environ)
    with closing(Objects(around.endpoint)) as objects:
        match action, words:
            case "in", []:
                return _stage_in(around, objects)
            case "out", []:
                return _stage_out(around, objects)
            case "join", [_, *_]:
                return join(around.disk, [int(number) for number in words])
            case "follow", [seconds]:
                follow(_kept_plan(around, objects), around.disk, objects, float(seconds))
                return True
    raise InputError(f"write {USAGE}.")


def _stage_in(around: Surroundings, objects: Objects) -> bool:
    found = read_plan(around, objects)
    if not around.disk.writable:
        raise StagingError(NOT_WRITABLE)
    os.umask(0)  # the steps' images have users of their own
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
