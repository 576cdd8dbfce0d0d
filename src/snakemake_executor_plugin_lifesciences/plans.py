"""A Snakemake job, alone or a group, becomes a Plan: what to bring, to run, and to take out."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from headrace.errors import JobRefusedError
from headrace.gcs import check_name
from headrace.staging.plan import Checksum, Input, Output, OutputKind, Plan, Step
from snakemake_executor_plugin_lifesciences.carrying import carried
from snakemake_executor_plugin_lifesciences.naming import slug
from snakemake_executor_plugin_lifesciences.rendering import CannotRenderError, render


class NeedsSnakemakeError(Exception):
    """The job must be run by Snakemake inside the VM; the text is the reason."""


def members(job: Any) -> list[Any]:
    """Return a job's members in an order of execution that is the same in every process."""
    if not job.is_group():
        return [job]
    layers = job.toposorted  # a layer's own order is that of a set; it holds the whole of a pipe
    return [member for layer in layers for member in sorted(layer, key=_order_in(layer))]


def waves(job: Any) -> list[list[Any]]:
    """Return a job's members in order of execution; those that share a pipe run at once."""
    return [list(wave) for _, wave in groupby(members(job), key=_pipe_group)]


def display_name(job: Any) -> str:
    """Return the rule's name, or all names of a group: Snakemake's own has a random number."""
    return "+".join(dict.fromkeys(member.rule.name for member in members(job)))


def direct_plan(job: Any, dag: Any) -> Plan:
    """Plan a job whose every member is a shell command in an image; `folder` is still empty.

    Raises:
        NeedsSnakemakeError: a member is more than that.
        UnsafeNameError: a name must not reach a shell.
    """
    jobs = members(job)
    for member in jobs:
        check_names(member)
        _check_direct(member)
    unneeded = _unneeded(job, dag)
    return Plan(
        folder="",
        inputs=tuple(_inputs(jobs, _made_inside(jobs))),
        carried=carried(jobs),
        steps=tuple(
            _step(member, beside=place > 0)
            for wave in waves(job)
            for place, member in enumerate(wave)
        ),
        outputs=tuple(
            output
            for number, member in enumerate(jobs)
            for output in _outputs(member, number, unneeded)
        ),
    )


def classic_plan(job: Any, dag: Any, command: str, image: str) -> Plan:
    """Plan a job that Snakemake itself runs in the VM, storage transfers included.

    Raises:
        JobRefusedError: Snakemake cannot run it there.
        UnsafeNameError: a name must not reach a shell.
    """
    jobs = members(job)
    for member in jobs:
        check_names(member)
        _check_classic(member)
    unneeded = _unneeded(job, dag)
    return Plan(
        folder="",
        inputs=(),
        carried=(),
        steps=(Step(name=slug(display_name(job)), image=image, command=command),),
        outputs=tuple(
            msgspec.structs.replace(output, stored_by_step=True)
            for member in jobs
            for output in _outputs(member, 0, unneeded)
        ),
    )


def check_names(job: Any) -> None:
    """Raise `UnsafeNameError` if a wildcard or path of the job could be read as a command."""
    where = f"Rule {job.rule.name}:"
    for name, value in job.wildcards_dict.items():
        check_name(str(value), f"{where} the wildcard {name}")
    for file in [*job.input, *job.output, *job.log]:
        check_name(str(file), f"{where} the path")


def input_versions(job: Any) -> list[tuple[str, list[int]]]:
    """Return the generations of all inputs, as far as our storage plugin knows them."""
    return [
        (path, [stored.generation for stored in file.storage_object.versions()])
        for path, file in sorted(_brought(job).items())
        if hasattr(file.storage_object, "versions")
    ]


def inputs_written(job: Any) -> dict[str, float]:
    """Return when the inputs were written last, by address, in seconds since 1970."""
    files = {file.storage_object for file in _brought(job).values()}
    known = (file for file in files if hasattr(file, "versions"))
    return {
        file.query: max((stored.mtime for stored in file.versions()), default=0.0) for file in known
    }


def _brought(job: Any) -> dict[str, Any]:
    """Return the stored inputs by path, without what a group's members make for each other.

    Those are not there yet, and to ask about each would cost a request.
    """
    jobs = members(job)
    made_inside = _made_inside(jobs)
    files = {str(file): file for member in jobs for file in member.input if file.is_storage}
    return {path: file for path, file in files.items() if path not in made_inside}


def _made_inside(jobs: list[Any]) -> set[str]:
    return {str(file) for member in jobs for file in member.output}


def _unneeded(job: Any, dag: Any) -> set[str]:
    """Return a group's temporary files that nobody outside it reads: they never leave the VM."""
    return {str(file) for file in dag.get_unneeded_temp_files(job)} if job.is_group() else set()


def _order_in(layer: Collection[Any]) -> Callable[[Any], Any]:
    """Return a sort key that keeps those of a pipe together."""

    def first(member: Any) -> tuple[str, list[tuple[str, str]]]:
        return min(_member_key(mate) for mate in layer if _pipe_group(mate) == _pipe_group(member))

    return lambda member: (first(member), _member_key(member))


def _pipe_group(job: Any) -> Any:
    """Return what jobs have in common that a pipe joins, and no others."""
    return id(job) if job.pipe_group is None else job.pipe_group.id


def _member_key(job: Any) -> tuple[str, list[tuple[str, str]]]:
    return job.rule.name, sorted((key, str(value)) for key, value in job.wildcards_dict.items())


def _check_direct(job: Any) -> None:
    reason = needs_snakemake(job)
    if reason is not None:
        raise NeedsSnakemakeError(f"rule {job.rule.name} {reason}")


def _check_classic(job: Any) -> None:
    """Refuse what Snakemake 9.27 gets wrong without a shared file system."""
    if any(flag(file, "pipe") for file in [*job.input, *job.output]):
        raise JobRefusedError(
            f"Rule {job.rule.name} uses pipe(), which hangs for ever in Snakemake's own remote "
            "mode: give each rule of the pipe a shell command and a container, or write the file "
            "with temp() and put both rules into one group."
        )
    if any((flag(file, "ensure") or {}).get("non_empty") for file in job.output):
        raise JobRefusedError(
            f"Rule {job.rule.name} uses ensure(non_empty=True), which always fails in Snakemake's "
            "own remote mode: check the size in the rule, or make it a shell rule with a container."
        )


def needs_snakemake(job: Any) -> str | None:
    """Return why Snakemake must run a job in its VM, as a sentence's end; None if it need not."""
    reasons = (
        (not job.is_shell, "is not a shell command"),
        (not job.container_img_url, "names no container"),
        (job.is_shadow, "uses shadow"),
        (job.is_service, "is a service"),
        (bool(job.rule.cache and job.rule.cache.output), "uses the between-workflow cache"),
        ((job.benchmark_repeats or 1) != 1, "repeats its benchmark"),
        (any(flag(file, "update") for file in job.output), "updates a file in place"),
        (not all(map(_is_stored, job.input)), "reads outside the storage"),
        (not all(map(_is_stored, written(job))), "writes outside the storage"),
    )
    return next((reason for applies, reason in reasons if applies), None)


def written(job: Any) -> list[Any]:
    """Return all files a job leaves, its log and benchmark among them."""
    return [*job.output, *job.log, *([job.benchmark] if job.benchmark else [])]


def flag(file: Any, name: str) -> Any:
    """Return what a file of a rule is flagged with under a name, such as `temp`; None if not."""
    return (getattr(file, "flags", None) or {}).get(name)


def _inputs(jobs: list[Any], made_inside: set[str]) -> Iterator[Input]:
    paths = {
        str(file): file.storage_object.query
        for job in jobs
        for file in job.input
        if file.is_storage
        and str(file) not in made_inside
        and not file.should_not_be_retrieved_from_storage
    }
    for path in sorted(paths):
        yield Input(uri=paths[path], path=path)


def _step(job: Any, *, beside: bool) -> Step:
    try:
        command, executable = render(job)
    except CannotRenderError as error:
        raise NeedsSnakemakeError(f"rule {job.rule.name}: {error}") from error
    directories = {str(file) for file in job.output if file.is_directory}
    folders = {str(Path(str(file)).parent) for file in written(job)}
    touched = [str(file) for file in job.touch_output]
    return Step(
        name=slug(job.rule.name),
        image=job.container_img_url.removeprefix("docker://"),
        command=command,
        shell=executable,
        folders=tuple(sorted(folders | (set(touched) & directories))),
        touch=tuple(path for path in touched if path not in directories),
        pipes=tuple(str(file) for file in job.output if flag(file, "pipe")),
        beside=beside,
    )


def _outputs(job: Any, number: int, unneeded: set[str]) -> Iterator[Output]:
    """Yield what step `number` leaves for others; what is not in the storage cannot be left."""
    for file in filter(_is_stored, job.output):
        stays = str(file) in unneeded or flag(file, "nodelocal") or flag(file, "pipe")
        if not stays:
            yield _result(file, job, number)
    for log in filter(_is_stored, job.log):
        yield Output(log.storage_object.query, str(log), number, OutputKind.LOG)
    if job.benchmark and _is_stored(job.benchmark):
        benchmark = job.benchmark
        yield Output(benchmark.storage_object.query, str(benchmark), number, OutputKind.BENCHMARK)


def _is_stored(file: Any) -> bool:
    return bool(file.is_storage)


def _result(file: Any, job: Any, number: int) -> Output:
    ensured = flag(file, "ensure") or {}
    return Output(
        uri=file.storage_object.query,
        path=str(file),
        step=number,
        directory=file.is_directory,
        non_empty=bool(ensured.get("non_empty")),
        checksum=_checksum(ensured, job),
    )


def _checksum(ensured: Mapping[str, Any], job: Any) -> Checksum | None:
    algorithm, digest = ensured.get("checksum_algorithm"), ensured.get("checksum")
    if algorithm is None:
        return None
    return Checksum(algorithm, str(digest(job.wildcards) if callable(digest) else digest))
