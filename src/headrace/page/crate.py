"""The provenance of a run as an RO-Crate: `ro-crate-metadata.json` in its folder. Pure.

It follows the Workflow Run RO-Crate profiles (https://www.researchobject.org/workflow-run-crate):
the run as an action of the workflow, and, as long as there are no more than `MAX_JOBS` jobs, each
job as an action of its rule in its image (Provenance Run Crate). Objects outside of the run's
folder, such as uploads, are referred to by their `gs://` addresses.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from headrace.page import jobs
from headrace.page.facts import Facts
from headrace.page.jobs import Job, Standing
from headrace.runs.listing import State

MAX_JOBS = 500
"""More jobs than that are not told one by one; `jobs.json` has them all."""

MAX_RESULTS = 2000
"""More results than that are told of as their folders only; `outputs.json` has them all."""

WORKFLOW = "workflow/Snakefile"
"""The main workflow in the run's folder, and in the workflow's home."""

_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    "https://w3id.org/ro/terms/workflow-run/context",
]
_LICENSE = {
    "@id": "#rights",
    "@type": "CreativeWork",
    "name": "Not stated",
    "description": "Rights in the data are those of its owner.",
}
_SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
_RUN, _ENGINE = "#run", "#snakemake"
_COMPLETED = "http://schema.org/CompletedActionStatus"
_FAILED = "http://schema.org/FailedActionStatus"

Entity = dict[str, Any]


def crate(facts: Facts, sources: Sequence[str]) -> Entity:
    """Return the crate of a run that has ended; `sources` are its workflow's files in its folder.

    The first of the sources is the main workflow.
    """
    told = [job for job in jobs.of_journal(facts.journal, facts.state) if job.entry.started]
    detailed = len(told) <= MAX_JOBS
    rules = list(dict.fromkeys(job.entry.rule for job in told))
    files = _Files(str(facts.folder))
    graph = [
        _workflow(facts, rules, sources),
        _run(facts, files),
        *_settings(facts),
        *_software(facts),
        *(entity for rule in rules for entity in _tool(rule)),
        *_images(told),
    ]
    if detailed:
        graph += _orchestration(facts, told, rules)
        graph += [_action(job, files) for job in told]
    graph += [_source(path) for path in sources[1:]]
    graph += [{"@id": uri, "@type": "CreativeWork", "name": n} for uri, n in _profiles(detailed)]
    mentioned = [_job_ref(job) for job in told] if detailed else []
    root = _root(facts, files, sources, mentioned, detailed=detailed)
    described = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": [
            {"@id": "https://w3id.org/ro/crate/1.1"},
            {"@id": "https://w3id.org/workflowhub/workflow-ro-crate/1.0"},
        ],
    }
    entities = [described, root, *graph, *files.entities(facts), _LICENSE]
    return {"@context": _CONTEXT, "@graph": [_flattened(entity) for entity in entities]}


def _flattened(entity: Entity) -> Entity:
    """Give a list of one thing as that thing, and no list of none, as RO-Crate recommends."""
    return {
        name: value[0] if isinstance(value, list) and len(value) == 1 else value
        for name, value in entity.items()
        if value != []
    }


class _Files:
    """The files that are referred to, each described once; ids are relative to the run's folder."""

    def __init__(self, folder: str) -> None:
        self._folder = f"{folder}/"
        self._known: dict[str, str] = {}

    def ref(self, address: str) -> Entity:
        """Return a reference to a file, and remember to describe it."""
        inside = address.startswith(self._folder)
        id_ = quote(address.removeprefix(self._folder)) if inside else quote(address, safe=":/#")
        self._known[id_] = address
        return {"@id": id_}

    def ids(self) -> list[Entity]:
        """Return references to all files so far."""
        return [{"@id": id_} for id_ in self._known]

    def entities(self, facts: Facts) -> Iterable[Entity]:
        """Yield descriptions, with sizes and checksums where they are known."""
        sizes = {out.uri: out.size for out in facts.outputs.results} if facts.outputs else {}
        uploads = (
            {f"gs://{o.bucket}/{o.name}": o for o in facts.request.objects} if facts.request else {}
        )
        for id_, address in self._known.items():
            entity: Entity = {"@id": id_, "@type": "File", "name": address.rpartition("/")[2]}
            if id_.endswith("/"):
                entity |= {"@type": "Dataset", "name": address}
            if address in sizes:
                entity["contentSize"] = str(sizes[address])
            if address in uploads:
                upload = uploads[address]
                entity["contentSize"] = str(upload.size)
                entity["identifier"] = f"{address}#{upload.generation}"
                entity["description"] = f"crc32c {upload.crc32c}, generation {upload.generation}"
            yield entity


def _root(
    facts: Facts,
    files: _Files,
    sources: Sequence[str],
    mentioned: Sequence[Entity],
    *,
    detailed: bool,
) -> Entity:
    for address in _results(facts):
        files.ref(address)
    end = facts.end or facts.now
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": f"Run {facts.run_id}",
        "description": f"Inputs, results and provenance of the run {facts.run_id} of a Snakemake "
        "workflow by Headrace.",
        "datePublished": end.isoformat(),
        "license": {"@id": _LICENSE["@id"]},
        "conformsTo": [{"@id": uri} for uri, _ in _profiles(detailed)],
        "mainEntity": {"@id": sources[0]},
        "hasPart": [*({"@id": path} for path in sources), *files.ids()],
        "mentions": [{"@id": _RUN}, *mentioned],
    }


def _profiles(detailed: bool) -> list[tuple[str, str]]:
    return [(uri, name) for uri, name in _PROFILES.items() if detailed or "provenance" not in uri]


def _workflow(facts: Facts, rules: Sequence[str], sources: Sequence[str]) -> Entity:
    image = facts.request.image if facts.request is not None else ""
    return {
        "@id": sources[0],
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
        "name": f"Workflow of {facts.run_id}",
        "programmingLanguage": {"@id": _SNAKEMAKE},
        **({"version": image} if image else {}),
        "hasPart": [{"@id": f"#tool-{rule}"} for rule in rules],
        "step": [{"@id": f"#step-{rule}"} for rule in rules],
    }


def _source(path: str) -> Entity:
    return {"@id": path, "@type": ["File", "SoftwareSourceCode"], "name": path.rpartition("/")[2]}


def _run(facts: Facts, files: _Files) -> Entity:
    uploads = facts.request.objects if facts.request is not None else []
    action: Entity = {
        "@id": _RUN,
        "@type": "CreateAction",
        "name": f"Run {facts.run_id}",
        "instrument": {"@id": WORKFLOW},
        **_times(facts.began, facts.end),
        "object": [
            *(files.ref(f"gs://{o.bucket}/{o.name}") for o in uploads),
            *({"@id": entity["@id"]} for entity in _settings(facts)),
        ],
        "result": [files.ref(address) for address in _results(facts)],
        "actionStatus": _COMPLETED if facts.state is State.SUCCEEDED else _FAILED,
    }
    if facts.error is not None:
        action["error"] = facts.error.sentence
    return action


def _results(facts: Facts) -> list[str]:
    listed = [out.uri for out in facts.outputs.results] if facts.outputs is not None else []
    if len(listed) > MAX_RESULTS:
        return [f"{facts.folder}/{part}/" for part in ("results", "report")]
    return listed


def _settings(facts: Facts) -> list[Entity]:
    """Return what the run set in the workflow's configuration."""
    config = facts.request.config if facts.request is not None else {}
    return [
        {"@id": f"#config-{quote(name)}", "@type": "PropertyValue", "name": name, "value": _text(v)}
        for name, v in config.items()
    ]


def _software(facts: Facts) -> Iterable[Entity]:
    versions = facts.journal.versions if facts.journal is not None else {}
    snakemake = {"name": "Snakemake", "url": {"@id": "https://snakemake.readthedocs.io"}}
    yield {
        "@id": _SNAKEMAKE,
        "@type": "ComputerLanguage",
        "identifier": {"@id": "https://doi.org/10.1093/bioinformatics/bts480"},
        **snakemake,
    }
    yield {
        "@id": _ENGINE,
        "@type": "SoftwareApplication",
        "softwareVersion": versions.get("snakemake", "unknown"),
        **snakemake,
    }


def _tool(rule: str) -> Iterable[Entity]:
    """Yield a rule as a tool, and as a step of the workflow."""
    yield {"@id": f"#tool-{rule}", "@type": "SoftwareApplication", "name": rule}
    yield {
        "@id": f"#step-{rule}",
        "@type": "HowToStep",
        "name": rule,
        "workExample": {"@id": f"#tool-{rule}"},
    }


def _images(told: Sequence[Job]) -> Iterable[Entity]:
    used = {image for job in told if job.last is not None for image in job.last.images}
    return map(_image, sorted(used))


def _image(image: str) -> Entity:
    """Describe `registry/name:tag@sha256:...`, in the terms of Process Run Crate."""
    place, _, digest = image.partition("@sha256:")
    registry, _, rest = place.partition("/")
    name, _, tag = rest.partition(":")
    entity = {
        "@id": f"docker://{image}",
        "@type": "ContainerImage",
        "additionalType": {"@id": "https://w3id.org/ro/terms/workflow-run#DockerImage"},
        "registry": registry,
        "name": name or registry,
    }
    told = {"tag": tag, "sha256": digest}
    return entity | {term: value for term, value in told.items() if value}


def _orchestration(facts: Facts, told: Sequence[Job], rules: Sequence[str]) -> list[Entity]:
    """Return how the engine carried the steps out."""
    controls = [
        {
            "@id": f"#control-{rule}",
            "@type": "ControlAction",
            "name": f"Orchestrate {rule}",
            "instrument": {"@id": f"#step-{rule}"},
            "object": [_job_ref(job) for job in told if job.entry.rule == rule],
        }
        for rule in rules
    ]
    organised = {
        "@id": "#organize",
        "@type": "OrganizeAction",
        "name": "Execution by Snakemake",
        "instrument": {"@id": _ENGINE},
        "object": [{"@id": control["@id"]} for control in controls],
        "result": {"@id": _RUN},
        **_times(facts.began, facts.end),
    }
    return [organised, *controls]


def _action(job: Job, files: _Files) -> Entity:
    entry = job.entry
    action: Entity = {
        "@id": _job_ref(job)["@id"],
        "@type": "CreateAction",
        "name": " ".join([entry.rule, *entry.wildcards.values()]),
        "instrument": {"@id": f"#tool-{entry.rule}"},
        "object": [files.ref(address) for address in entry.inputs],
        "result": [files.ref(address) for address in entry.outputs],
        **_times(entry.started, entry.ended),
        "actionStatus": _COMPLETED if job.standing.good else _FAILED,
    }
    if job.last is not None and job.last.images:
        images = dict.fromkeys(job.last.images)
        action["containerImage"] = [{"@id": f"docker://{image}"} for image in images]
    if entry.command:
        action["description"] = entry.command
    if job.standing is Standing.FAILED:
        action["error"] = entry.message
    return action


def _job_ref(job: Job) -> Entity:
    return {"@id": f"#job-{job.entry.jobid}"}


def _times(begin: datetime | None, end: datetime | None) -> Mapping[str, str]:
    named = {"startTime": begin, "endTime": end}
    return {name: at.isoformat() for name, at in named.items() if at is not None}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
