"""Snakemake's console log tells which jobs ran and failed; pinned to what version 9.27 writes."""

from headrace.runs import console
from headrace.runs.records import FailedJob

BEGINNING = """\
Building DAG of jobs...
Select jobs to execute...
Execute 2 jobs...

[Mon Nov 23 04:24:08 2026]
rule align:
    input: gs://inbox/run/s1_L1_R1.fastq.gz (retrieve from storage)
    output: gs://results/runs/r/results/s1.bam (send to storage)
    log: gs://results/runs/r/logs/align/s1.log (send to storage)
    jobid: 3
    reason: Missing output files
    wildcards: sample=s1, lane=L1
    resources: mem_mb=1000

[Mon Nov 23 04:24:08 2026]
localrule index:
    output: index.fai
    jobid: 1
"""
FAILURE = """\
[Mon Nov 23 04:24:09 2026]
Error in rule align:
    message: The action failed.
    jobid: 3
    log: gs://results/runs/r/logs/align/s1.log, logs/b.log (check log file(s) for error details)
    shell:
        minimap2 x
        (command exited with non-zero exit code)
"""
INDEX_DONE = """\
Finished jobid: 1 (Rule: index)
1 of 4 steps (25%) done
"""
ALIGN_DONE = """\
Finished jobid: 3 (Rule: align)
2 of 4 steps (50%) done
"""
END = """\
Exiting because a job execution failed. Look above for error messages
WorkflowError:
At least one job did not complete successfully.
"""
MISSING = """\
MissingInputException in rule index in file "/vm/run/workflow/rules/alignment.smk", line 4:
Missing input files for rule index:
    output: gs://results/genome.mmi (in storage)
    affected files:
        gs://inbox/genome.fa (in storage)
        b.txt
Shutting down.
        something else
"""
ALIGN = FailedJob(
    rule="align",
    wildcards={"sample": "s1", "lane": "L1"},
    message="The action failed.",
    log="gs://results/runs/r/logs/align/s1.log",
)


def test_a_failed_job_is_told_with_its_wildcards_and_log() -> None:
    report = console.read(BEGINNING + FAILURE + INDEX_DONE + END)
    assert report.failed == (ALIGN,)
    assert report.jobs_done == 1


def test_a_job_whose_later_attempt_went_well_has_not_failed() -> None:
    report = console.read(BEGINNING + FAILURE + INDEX_DONE + BEGINNING + ALIGN_DONE)
    assert report.failed == ()
    assert report.jobs_done == 2


def test_a_job_that_failed_in_each_attempt_is_told_once() -> None:
    assert console.read((BEGINNING + FAILURE) * 3 + END).failed == (ALIGN,)


def test_a_log_in_no_bucket_has_no_address() -> None:
    (job,) = console.read(
        "Error in rule bad:\n    jobid: 1\n    log: logs/bad.log (check)\n"
    ).failed
    assert job == FailedJob(rule="bad", wildcards={}, message="", log=None)


def test_the_last_words_are_one_line() -> None:
    report = console.read(END)
    assert report.last_words == (
        "Exiting because a job execution failed. Look above for error messages "
        "WorkflowError: At least one job did not complete successfully."
    )


def test_missing_input_files_are_listed() -> None:
    assert console.read(MISSING).missing == ("gs://inbox/genome.fa", "b.txt")


def test_an_empty_log_tells_nothing() -> None:
    assert console.read("") == console.Report(jobs_done=0)
