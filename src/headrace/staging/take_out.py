"""Stage-out: logs always, results of steps that ended well, and the manifest last."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from headrace.errors import ObjectMissingError, StagingError, StorageError
from headrace.gcs import ObjectUri
from headrace.records import decode_json
from headrace.staging.benchmark import benchmark_table
from headrace.staging.bring_in import Brought
from headrace.staging.connection import CONNECTIONS
from headrace.staging.layout import DISK_FULL, NOT_WRITABLE, WorkDisk
from headrace.staging.manifest import Manifest, StepRecord, StoredObject, as_metadata, failed_step
from headrace.staging.objects import Objects
from headrace.staging.plan import (
    DIRECTORY_TYPE,
    Output,
    OutputKind,
    Plan,
    step_log_name,
)
from headrace.staging.step_records import seconds_between, step_records


@dataclass(frozen=True)
class Taken:
    """What became of one planned output."""

    output: Output
    objects: tuple[StoredObject, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Seconds:
    """How long taking out took, and how long no step ran before it; see `Manifest`."""

    out: float
    between: float | None


def take_out(plan: Plan, disk: WorkDisk, objects: Objects) -> Manifest:
    """Store everything the plan asks for, then the manifest, which is also returned."""
    begun, between = time.monotonic(), seconds_between(plan, disk, time.time())
    records = step_records(plan, disk)
    for number, record in enumerate(records):
        _write_benchmarks(plan, disk, number, record)
    taken: list[Taken] = []
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        step_logs = pool.map(lambda n: _store_step_log(plan, disk, n, objects), range(len(records)))
        # Step by step: what a later step made must not look older than what it was made from.
        for number in range(len(records)):
            outputs = [output for output in plan.outputs if output.step == number]
            ready = pool.map(lambda output: _ready(output, records, disk, objects), outputs)
            taken += _store_all(list(ready), objects, pool)
        list(step_logs)
    seconds = Seconds(round(time.monotonic() - begun, 3), between)
    manifest = _manifest(disk, records, taken, seconds)
    document = msgspec.json.encode(manifest)
    place = ObjectUri.parse(plan.manifest)
    objects.write(place, document, "application/json", as_metadata(document))
    return manifest


def _write_benchmarks(plan: Plan, disk: WorkDisk, number: int, record: StepRecord) -> None:
    for output in plan.outputs:
        is_mine = output.step == number and not output.stored_by_step
        if output.kind is OutputKind.BENCHMARK and is_mine and record.exit_code == 0:
            disk.path(output.path).write_text(benchmark_table(record))


def _store_step_log(plan: Plan, disk: WorkDisk, number: int, objects: Objects) -> None:
    log = disk.step(number) / "log"
    if log.exists():
        name = step_log_name(number, plan.steps[number].name)
        objects.upload(log, ObjectUri.parse(plan.folder) / name)


@dataclass(frozen=True)
class Ready:
    """One planned output before it is stored: its files and where they go, or what is the matter.

    An empty directory has no file; one object stands for it.
    """

    taken: Taken
    files: tuple[tuple[Path, ObjectUri], ...] = ()
    empty_directory: bool = False


def _ready(
    output: Output, records: tuple[StepRecord, ...], disk: WorkDisk, objects: Objects
) -> Ready:
    is_log = output.kind is OutputKind.LOG
    if not is_log and records[output.step].exit_code != 0:
        return Ready(Taken(output))  # the step's own problem is reported once, not once per file
    try:
        if output.stored_by_step:
            return Ready(Taken(output, _already_stored(output, objects)))
        path = disk.path(output.path)
        if is_log and not path.exists():
            return Ready(Taken(output))
        _check(output, path)
    except ObjectMissingError as error:
        return Ready(Taken(output, problem="" if is_log else str(error)))
    except (StagingError, StorageError) as error:
        return Ready(Taken(output, problem=str(error)))
    files = _files(output, path)
    return Ready(Taken(output), files, empty_directory=not files)


def _files(output: Output, path: Path) -> tuple[tuple[Path, ObjectUri], ...]:
    uri = ObjectUri.parse(output.uri)
    if not output.directory:
        return ((path, uri),)
    parts = sorted(part for part in path.rglob("*") if part.is_file())
    return tuple((part, uri / str(part.relative_to(path))) for part in parts)


def _store_all(ready: list[Ready], objects: Objects, pool: ThreadPoolExecutor) -> Iterator[Taken]:
    """Store the files of all outputs at once, and tell of each output what became of it."""
    begun = [(one, [pool.submit(objects.upload, *file) for file in one.files]) for one in ready]
    for one, uploads in begun:
        output = one.taken.output
        try:
            stored = tuple(upload.result() for upload in uploads)
            if one.empty_directory:
                stored = (objects.write(ObjectUri.parse(output.uri), b"", DIRECTORY_TYPE),)
        except StorageError as error:
            yield Taken(output, problem=str(error))
        else:
            yield Taken(output, stored) if stored else one.taken


def _already_stored(output: Output, objects: Objects) -> tuple[StoredObject, ...]:
    uri = ObjectUri.parse(output.uri)
    if not output.directory:
        return (objects.stat(uri),)
    parts = tuple(objects.list_below(uri))
    return parts or (objects.stat(uri),)


def _check(output: Output, path: Path) -> None:
    """Raise `StagingError` unless the file is what its rule promised."""
    if not path.exists():
        raise StagingError(f"The step ended well but did not make '{output.path}'.")
    if path.is_dir() != output.directory:
        kind = "a directory" if path.is_dir() else "a file"
        raise StagingError(f"'{output.path}' is {kind}: mark it with directory() or make it fit.")
    if output.non_empty and path.stat().st_size == 0:
        raise StagingError(f"'{output.path}' is empty, and its rule says ensure(non_empty=True).")
    if output.checksum is not None:
        import hashlib  # noqa: PLC0415 # few rules promise a checksum

        with path.open("rb") as file:
            digest = hashlib.file_digest(file, output.checksum.algorithm).hexdigest()
        if digest != output.checksum.digest:
            raise StagingError(f"'{output.path}' has another checksum than its rule promised.")


def _manifest(
    disk: WorkDisk, records: tuple[StepRecord, ...], taken: list[Taken], seconds: Seconds
) -> Manifest:
    logs = [stored for one in taken if one.output.kind is OutputKind.LOG for stored in one.objects]
    results = {
        one.output.uri: one.objects
        for one in taken
        if one.output.kind is not OutputKind.LOG and one.objects
    }
    stored = [part for parts in results.values() for part in parts] + logs
    problems = _first_problem(disk, records)
    if problems and disk.full:  # then the step's log could not say so: it is on that disk
        problems.append(f"{DISK_FULL}: the machine's work disk is full.")
    brought = _brought(disk)
    return Manifest(
        steps=records,
        results=results,
        logs=tuple(logs),
        problems=(*problems, *(one.problem for one in taken if one.problem)),
        bytes_in=brought.size if brought else 0,
        bytes_out=sum(part.size for part in stored),
        seconds_in=brought.seconds if brought else None,
        seconds_out=seconds.out,
        seconds_between=seconds.between,
    )


def _brought(disk: WorkDisk) -> Brought | None:
    if not disk.brought.exists():
        return None
    return decode_json(disk.brought.read_bytes(), Brought, str(disk.brought))


def _first_problem(disk: WorkDisk, records: tuple[StepRecord, ...]) -> list[str]:
    """Return what went wrong first: what follows from it need not be told."""
    if not disk.writable:
        return [f"The job did not begin. {NOT_WRITABLE}"]
    if disk.refusal.exists():
        return [f"The job did not begin. {disk.refusal.read_text()}"]
    failed = failed_step(records)
    return [] if failed is None else [_step_problem(records[failed])]


def _step_problem(record: StepRecord) -> str:
    if record.exit_code is not None:
        return f"Step '{record.name}' ended with exit code {record.exit_code}."
    if record.wall_seconds is None:
        return f"Step '{record.name}' did not run to its end."
    return f"Step '{record.name}' left no exit code."
