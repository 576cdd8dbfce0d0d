"""The executor on both services: every kind of rule, and every way a job can go wrong."""

import os
import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from google.cloud import storage

from headrace import storage_client
from headrace.runs import journal
from headrace.runs.journal import EntryState
from headrace.services import connect
from headrace.services.protocol import RUN_LABEL, JobService, JobState, ServiceName
from localcloud.testing import LocalCloud
from tests.e2e.conftest import IMAGES, Head, make_head

HeadOf = Callable[[str], Head]

FEATURES = Path(__file__).parent / "features"


@pytest.fixture
def features(
    cloud: LocalCloud, client: storage.Client, tmp_path: Path, service: ServiceName
) -> Head:
    inbox = client.bucket("inbox")
    inbox.blob("features/a.txt").upload_from_string("content of a\n")
    inbox.blob("features/b.txt").upload_from_string("content of b\n")
    return make_head(cloud, client, tmp_path, service, sorted(FEATURES.iterdir()))


@pytest.fixture
def head_of(
    cloud: LocalCloud, client: storage.Client, tmp_path: Path, service: ServiceName
) -> HeadOf:
    """Make a head of a few rules, on each of the services."""
    return lambda rules: small_head(cloud, client, tmp_path, service, rules)


def small_head(
    cloud: LocalCloud, client: storage.Client, folder: Path, service: ServiceName, rules: str
) -> Head:
    head = make_head(cloud, client, folder, service, [])
    (folder / "Snakefile").write_text('container: "docker://any-image"\n' + rules)
    return head


def test_every_kind_of_rule_leaves_what_it_should(features: Head) -> None:
    result = features.snakemake()
    assert result.returncode == 0, result.stderr

    basic = "we ird ' name a-1-2-123 p q r value 2 st r {braces}\ncontent of a\n"
    assert features.text("res/a.basic.txt") == basic
    assert features.text("logs/a.basic.log") == "logged\n"
    assert features.text("bench/a.tsv").startswith("s\th:m:s\tmax_rss")
    assert features.text("res/used_temp.txt") == "content of a\n"
    assert features.text("res/unpacked.txt").strip() == "4"
    assert features.text("res/files_in_dir.txt") == "1\n2\n"
    assert features.text("res/empty_dir_seen.txt").strip() == "0"
    assert features.text("res/touched") == ""
    assert features.text("res/protected.txt") == "p\n"
    assert features.text("res/retried.txt") == "turn=2 params=2 mem=200\n"
    assert features.text("res/ensured.txt") == "hello"
    assert features.text("res/multi.one") + features.text("res/multi.two") == "1\n2\n"
    assert features.text("res/gathered.txt") == "c1\nc2\n"
    assert features.text("res/head.txt") == basic.splitlines(keepends=True)[0]
    assert features.text("res/script.txt") == "2\n"
    assert features.text("res/run.txt") == "ran\n"
    assert features.text("res/chain.end") == "passed\nbegin\n"
    assert features.text("logs/chain_end.log") == "end\n"
    assert features.text("res/carried.txt") == "key: value\n"
    assert features.text("res/piped.txt").strip() == "200000"
    assert features.text("res/pipe_source.txt").strip() == "2"
    assert features.text("logs/pipe_source.log") == "through\n"
    assert not features.names("tmp/"), "temporary files stay nowhere"

    in_vm = [line for line in result.stderr.splitlines() if "runs Snakemake in its VM" in line]
    assert len(in_vm) == 2, "only script: and run: need Snakemake in the machine"

    jobs = journal.read(features.text("jobs.json").encode(), "jobs.json").jobs
    assert "All jobs are done" in features.text("index.html"), "a run by hand has a page, too"
    told = [job for job in jobs if job.state is EntryState.DONE]
    assert len(told) >= 20, "what ran is in the run's journal"
    assert not [job for job in told if job.ended is None]
    assert any(job.command.startswith("echo") and job.outputs for job in told)

    again = features.snakemake()
    assert again.returncode == 0, again.stderr
    assert "Nothing to be done" in again.stderr, f"{result.stderr}\n{again.stderr}"


def test_a_failing_command_fails_its_job_alone_and_shows_why(head_of: HeadOf) -> None:
    head = head_of(
        "rule all:\n    input: 'res/good.txt', 'res/bad.txt'\n"
        "rule good:\n    output: 'res/good.txt'\n    shell: 'echo fine > {output}'\n"
        "rule bad:\n    output: 'res/bad.txt'\n    log: 'logs/bad.log'\n"
        "    shell: 'echo to the log > {log}; echo the reason >&2; echo half > {output}; exit 7'\n",
    )
    result = head.snakemake()
    assert result.returncode == 1
    assert "Step 'bad' ended with exit code 7" in result.stderr
    assert re.search(r"Machine \S+ \(e2-highcpu-2\)\.", result.stderr), result.stderr
    assert "the reason" in result.stderr
    assert f"gs://results/work/{head.run}/bad-" in result.stderr
    assert head.text("res/good.txt") == "fine\n"
    assert head.text("logs/bad.log") == "to the log\n"
    assert "res/bad.txt" not in head.names()


def test_a_failing_group_says_which_step_and_why(head_of: HeadOf) -> None:
    """Snakemake drops what an executor says of a group."""
    head = head_of(
        "rule all:\n    input: 'res/two.txt'\n"
        "rule one:\n    output: 'res/one.txt'\n    group: 'g'\n    shell: 'echo 1 > {output}'\n"
        "rule two:\n    input: 'res/one.txt'\n    output: 'res/two.txt'\n    group: 'g'\n"
        "    shell: 'echo the reason >&2; exit 9'\n",
    )
    result = head.snakemake()
    assert result.returncode == 1
    assert "Group one+two: Step 'two' ended with exit code 9" in result.stderr
    assert "the reason" in result.stderr


@pytest.mark.parametrize("broken", ["source", "sink"])
def test_a_pipe_ends_when_either_end_of_it_fails(
    cloud: LocalCloud, client: storage.Client, tmp_path: Path, service: ServiceName, broken: str
) -> None:
    """Neither has opened the pipe, so that the other would wait for ever."""
    commands = {"source": "seq 9 > {output}", "sink": "cat {input} > {output}"}
    commands[broken] = "echo the reason >&2; exit 9"
    rules = (
        "rule all:\n    input: 'res/sink.txt'\n"
        "rule source:\n    output: pipe('tmp/pipe')\n"
        f"    shell: '{commands['source']}'\n"
        "rule sink:\n    input: 'tmp/pipe'\n    output: 'res/sink.txt'\n"
        f"    shell: '{commands['sink']}'\n"
    )
    result = small_head(cloud, client, tmp_path, service, rules).snakemake()
    assert result.returncode == 1
    assert f"Step '{broken}' ended with exit code 9" in result.stderr, result.stderr
    assert "the reason" in result.stderr


def test_a_result_that_was_promised_and_not_made_is_a_failure(head_of: HeadOf) -> None:
    head = head_of("rule all:\n    output: 'res/x.txt'\n    shell: 'true'\n")
    result = head.snakemake()
    assert result.returncode == 1
    assert "ended well but did not make" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_hostile_name_is_refused_and_other_jobs_go_on(head_of: HeadOf, tmp_path: Path) -> None:
    head = head_of(
        "rule all:\n    input: 'res/x$(touch PWNED).txt', 'res/fine.txt'\n"
        "rule one:\n    output: 'res/{name}.txt'\n    shell: 'echo {wildcards.name} > {output}'\n",
    )
    result = head.snakemake()
    assert result.returncode == 1
    assert "could be read as commands" in result.stderr
    assert head.text("res/fine.txt") == "fine\n"
    assert head.names("res/") == {"res/fine.txt"}
    assert not list(tmp_path.rglob("PWNED"))


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (
            (
                "rule one:\n    output: pipe('tmp/p')\n    shell: 'echo 1 > {output}'\n"
                "rule two:\n    input: 'tmp/p'\n    output: 'res/x.txt'\n"
                "    container: None\n    shell: 'cat {input} > {output}'\n"
            ),
            "uses pipe(), which hangs for ever",
        ),
        (
            (
                "rule two:\n    output: ensure('res/x.txt', non_empty=True)\n"
                "    run:\n        open(output[0], 'w').write('x')\n"
            ),
            "uses ensure(non_empty=True), which always fails",
        ),
        (
            (
                "rule two:\n    output: 'res/x.txt'\n    resources: lifesciences_zone='a'\n"
                "    shell: 'touch {output}'\n"
            ),
            "did you mean 'lifesciences_zones'?",
        ),
    ],
    ids=["pipe", "ensure", "resource"],
)
def test_what_cannot_run_right_is_refused_with_rule_reason_and_remedy(
    cloud: LocalCloud, client: storage.Client, tmp_path: Path, rules: str, reason: str
) -> None:
    snakefile = f"rule all:\n    input: 'res/x.txt'\n{rules}"
    head = small_head(cloud, client, tmp_path, ServiceName.BATCH, snakefile)
    result = head.snakemake()
    assert result.returncode == 1
    assert reason in result.stderr, result.stderr
    assert not list(client.list_blobs("results", prefix=f"work/{head.run}/")), "nothing submitted"


def test_a_machine_that_does_not_exist_is_refused_by_name_of_the_nearest(head_of: HeadOf) -> None:
    head = head_of(
        "rule all:\n    output: 'res/x.txt'\n    resources: mem_mb=9999999\n"
        "    shell: 'touch {output}'\n",
    )
    result = head.snakemake()
    assert result.returncode == 1
    assert "the nearest is n2d-standard-224" in result.stderr


def test_an_input_that_is_gone_when_its_job_begins_is_named(
    head_of: HeadOf, client: storage.Client
) -> None:
    head = head_of(
        "rule all:\n    input: 'res/x.txt'\n"
        "rule first:\n    output: 'res/first.txt'\n    shell: 'sleep 3; echo 1 > {output}'\n"
        "rule second:\n    input: 'res/first.txt', storage('gs://inbox/gone.txt')\n"
        "    output: 'res/x.txt'\n    shell: 'cat {input} > {output}'\n",
    )
    gone = client.bucket("inbox").blob("gone.txt")
    gone.upload_from_string("soon gone")
    with head.started() as process:
        wait_for_words(head, "Submitted first as")
        gone.delete()
        assert process.wait(timeout=60) == 1
    assert "Missing inputs: gs://inbox/gone.txt" in head.log.read_text()


def test_a_job_over_its_time_limit_is_stopped_and_its_log_kept(head_of: HeadOf) -> None:
    head = head_of(
        "rule all:\n    output: 'res/x.txt'\n    resources: runtime='2s'\n"
        "    shell: 'echo begun; sleep 100; touch {output}'\n",
    )
    result = head.snakemake()
    assert result.returncode == 1
    assert "begun" in result.stderr, result.stderr


def test_a_log_is_in_the_bucket_while_its_job_runs_and_shown_after_a_loss(
    head_of: HeadOf, cloud: LocalCloud, client: storage.Client, service: ServiceName
) -> None:
    """The job is cancelled behind the head's back: no stage-out, no manifest."""
    head = head_of(
        "rule all:\n    output: 'res/x.txt'\n    shell: 'echo half way; sleep 100'\n",
    )
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(head.snakemake, "--lifesciences-log-interval", "1")
        deadline = time.monotonic() + 60
        while not (parts := part_logs(client, head.run)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert [part.download_as_text() for part in parts] == ["half way\n"]
        with closing(connected(cloud, service)) as jobs:
            for report in jobs.list_jobs({RUN_LABEL: head.run}):
                jobs.cancel(report.name)
        result = running.result()
    assert result.returncode == 1
    assert "half way" in result.stderr


def test_ctrl_c_cancels_what_is_in_flight(
    head_of: HeadOf, cloud: LocalCloud, service: ServiceName
) -> None:
    head = head_of(
        "rule all:\n    output: 'res/x.txt'\n    shell: 'sleep 100; touch {output}'\n",
    )
    with head.started() as process, closing(connected(cloud, service)) as jobs:
        wait_for_state(jobs, head.run, JobState.RUNNING)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 1
        wait_for_state(jobs, head.run, JobState.CANCELLED)


def test_a_second_ctrl_c_leaves_at_once(head_of: HeadOf, cloud: LocalCloud) -> None:
    """Cancelling hangs: the service takes its time to answer."""
    head = head_of("rule all:\n    output: 'res/x.txt'\n    shell: 'sleep 100; touch {output}'\n")
    cloud.order_fault(method="*.cancel", do="delay", seconds=200)
    with head.started() as process:
        wait_for_words(head, "Submitted all as")
        process.send_signal(signal.SIGINT)
        wait_for_words(head, "Ctrl-C again leaves at once")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 128 + signal.SIGINT
    cloud.clear_faults()
    assert "Traceback" not in head.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_detached_head_leaves_its_jobs_running_and_the_next_takes_them_up(
    head_of: HeadOf, cloud: LocalCloud, service: ServiceName, number: int
) -> None:
    head = head_of(
        "rule all:\n    input: 'res/x.txt', 'res/two.txt'\n"
        "rule alone:\n    output: 'res/x.txt'\n    shell: 'sleep 6; echo done > {output}'\n"
        "rule one:\n    output: temp('res/one.txt')\n    group: 'g'\n"
        "    shell: 'sleep 3; echo 1 > {output}'\n"
        "rule two:\n    input: 'res/one.txt'\n    output: 'res/two.txt'\n    group: 'g'\n"
        "    shell: 'sleep 3; cp {input} {output}'\n",
    )
    with head.started("--lifesciences-detach") as process:
        wait_for_words(head, "Submitted alone as", "Submitted one+two as")
        process.send_signal(number)
        assert process.wait(timeout=60) == 1
    assert "Detached from 2 jobs in flight" in head.log.read_text()
    with closing(connected(cloud, service)) as jobs:
        states = [report.state for report in jobs.list_jobs({RUN_LABEL: head.run})]
        assert JobState.CANCELLED not in states
    result = head.snakemake()
    assert result.returncode == 0, result.stderr
    assert (head.text("res/x.txt"), head.text("res/two.txt")) == ("done\n", "1\n")
    assert "Taking up job alone-" in result.stderr
    assert "Taking up job one-two-" in result.stderr
    with closing(connected(cloud, service)) as jobs:
        assert len(list(jobs.list_jobs({RUN_LABEL: head.run}))) == 2, "nothing ran twice"


def wait_for_words(head: Head, *words: str) -> None:
    deadline = time.monotonic() + 60
    while not all(word in head.log.read_text() for word in words):
        assert time.monotonic() < deadline, head.log.read_text()
        time.sleep(0.1)


def wait_for_state(jobs: JobService, run: str, state: JobState) -> None:
    deadline = time.monotonic() + 60
    while [report.state for report in jobs.list_jobs({RUN_LABEL: run})] != [state]:
        assert time.monotonic() < deadline, state
        time.sleep(0.1)


def part_logs(client: storage.Client, run: str) -> list[storage.Blob]:
    blobs = client.list_blobs("results", prefix=f"work/{run}/")
    return [blob for blob in blobs if blob.name.endswith(".part.log")]


def connected(cloud: LocalCloud, service: ServiceName) -> JobService:
    return connect(service, project="local", region="us-central1", endpoint=cloud.url)


def test_an_unknown_service_is_one_sentence(
    cloud: LocalCloud, client: storage.Client, tmp_path: Path
) -> None:
    head = small_head(
        cloud, client, tmp_path, ServiceName.BATCH, "rule all:\n    output: 'x'\n    shell: ''\n"
    )
    result = head.snakemake("--lifesciences-service", "bacth")
    assert result.returncode == 1
    assert "lifesciences-service is 'bacth': write 'lifesciences' or 'batch'" in result.stderr


def test_a_local_cloud_that_is_killed_ends_the_run_with_one_sentence_a_job(
    tmp_path: Path,
) -> None:
    with LocalCloud.start(buckets=["inbox", "results"], images=IMAGES) as cloud:
        client = storage_client.connect(cloud.project, cloud.storage_url)
        head = small_head(
            cloud,
            client,
            tmp_path,
            ServiceName.BATCH,
            "rule all:\n    output: 'res/x.txt'\n    shell: 'sleep 100; touch {output}'\n",
        )
        with head.started("--lifesciences-patience", "1") as process:
            with closing(connected(cloud, ServiceName.BATCH)) as jobs:
                wait_for_state(jobs, head.run, JobState.RUNNING)
            os.kill(cloud.state.pid, signal.SIGKILL)
            exit_code = process.wait(timeout=180)
        client.close()
    said = head.log.read_text()
    assert exit_code == 1
    assert f"at {cloud.url} does not answer" in said
    assert "Given up after 1 s of silence" in said
    assert "Traceback" not in said
