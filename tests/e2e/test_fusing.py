"""Seven steps a sample on one machine, because the setting `fuse` says so."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.cloud import storage

from headrace import dryrun
from headrace.planning.fusing import propose
from headrace.planning.guesses import guessed
from headrace.runs import journal
from headrace.runs.journal import Attempt
from headrace.services.protocol import ServiceName
from localcloud.testing import LocalCloud
from tests.e2e.conftest import Head, make_head

SNAKEFILE = Path(__file__).parent / "fused" / "Snakefile"
STEPS = ["check", "quality", "trim", "align", "mark", "call", "metrics"]
RESULTS = {f"res/{name}.{kind}" for name in "ab" for kind in ("check", "quality", "marked")}


@pytest.fixture
def head(cloud: LocalCloud, client: storage.Client, tmp_path: Path, service: ServiceName) -> Head:
    for name in "ab":
        client.bucket("inbox").blob(f"fused/{name}.txt").upload_from_string(f"read of {name}\n")
    return make_head(cloud, client, tmp_path, service, [SNAKEFILE])


def attempts(head: Head) -> dict[str, Attempt]:
    """The jobs of the service that the run's journal tells of, by name."""
    told = journal.read(head.text("jobs.json").encode(), "jobs.json").attempts
    return {attempt.external_id: attempt for attempt in told}


def headrace_plan(head: Head, *arguments: str) -> Any:
    """Run `headrace plan` and return what it tells, as JSON."""
    command = [sys.executable, "-m", "headrace.cli", "plan", "--profile", "profiles/local"]
    done = subprocess.run(
        [*command, "--json", *arguments],
        cwd=head.folder,
        env=head.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_sample_takes_one_machine_and_its_results_are_the_same(
    head: Head, service: ServiceName
) -> None:
    head.environment["HEADRACE_FUSE"] = "auto"
    if service is ServiceName.LIFESCIENCES:
        headrace_plan(head, "--write", "groups.yaml")
        head.environment["HEADRACE_FUSE"] = "groups.yaml"
    result = head.snakemake()
    assert result.returncode == 0, result.stderr
    steps = sorted(len(attempt.jobids) for attempt in attempts(head).values())
    assert steps == [1, 1, 7, 7], "the index and the verdict are on their own"

    assert head.text("res/a.marked") == "marked READ OF A\nmarked index\n"
    assert head.text("res/verdict.txt").splitlines() == [
        "10",
        "read of a",
        "2",
        "10",
        "read of b",
        "2",
    ]
    assert {name for name in head.names("res/") if "trimmed" in name or "aligned" in name} == set()
    assert head.names("res/") >= RESULTS
    assert {f"logs/{step}/a.log" for step in STEPS} <= head.names("logs/")

    again = head.snakemake()
    assert "Nothing to be done" in again.stderr, again.stderr


@pytest.mark.parametrize("service", [ServiceName.BATCH], indirect=True)
def test_what_is_missing_is_grouped_as_it_was(head: Head) -> None:
    head.environment["HEADRACE_FUSE"] = "auto"
    result = head.snakemake()
    assert result.returncode == 0, result.stderr
    first = submitted(result.stderr)
    for blob in head.bucket.list_blobs(prefix=f"runs/{head.run}/res/b."):
        blob.delete()
    result = head.snakemake()
    assert result.returncode == 0, result.stderr
    # without sample a the verdict gathers nothing, and would join the only sample
    assert submitted(result.stderr) == ["+".join(STEPS), "judge"]
    assert sorted(first) == sorted(["index", "+".join(STEPS), "+".join(STEPS), "judge"])


def submitted(said: str) -> list[str]:
    """Return the rules of each job that a head has submitted, in order."""
    found = re.findall(r"^Submitted (?:(\d+) jobs of )?(\S+) as ", said, re.MULTILINE)
    return [rules for count, rules in found for _ in range(int(count or 1))]


@pytest.mark.parametrize("service", [ServiceName.BATCH], indirect=True)
def test_a_dry_run_tells_all_that_planning_needs_and_leaves_nothing(head: Head) -> None:
    arguments = ["--profile", "profiles/local"]
    workflow = dryrun.plan(arguments, head.folder, head.environment)
    jobs = {job.name: job for job in workflow.jobs}
    assert len(jobs) == 17
    assert workflow.at_once == 4
    align = jobs["align sample=a"]
    assert {before.rule for before in workflow.jobs if before.jobid in align.after} == {
        "trim",
        "index",
    }
    assert (align.threads, align.image, align.direct, align.local) == (2, "any-image", True, False)
    assert [file.temporary for file in align.outputs] == [True]
    assert [file.size for file in jobs["check sample=a"].inputs] == [10]
    assert jobs["all"].local
    groups = propose(workflow, guessed(workflow)).fused
    assert [len(group.jobs) for group in groups] == [7, 7]
    assert head.names() == set()

    head.environment["HEADRACE_FUSE"] = "auto"
    fused = dryrun.plan(arguments, head.folder, head.environment)
    names = [job.group for job in fused.jobs if job.rule == "align"]
    assert all(names), "estimates see the machines that the run will have"
    assert len(set(names)) == len(names)

    told = headrace_plan(head, "--svg", "plan.svg")
    assert [one["machines"] for one in told["outlooks"]] == [16, 4, 16, 4]
    assert (head.folder / "plan.svg").read_text().count(">align<") == 2
    assert head.names() == set()


@pytest.mark.parametrize("service", [ServiceName.BATCH], indirect=True)
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "fuse is 'groups.yaml': write auto, off, or a file of 'headrace plan --write'"),
        ({"groups": {"trimm": "x"}}, "groups.yaml: there is no rule 'trimm'; did you mean 'trim'?"),
        ({"group": {}}, "groups.yaml: unknown key 'group'; did you mean 'groups'?"),
    ],
)
def test_a_bad_file_of_groups_is_refused_in_one_sentence(
    head: Head, content: object, reason: str
) -> None:
    if content is not None:
        (head.folder / "groups.yaml").write_text(json.dumps(content))
    head.environment["HEADRACE_FUSE"] = "groups.yaml"
    result = head.snakemake()
    assert result.returncode == 1
    assert reason in result.stderr
    assert "Traceback" not in result.stderr
