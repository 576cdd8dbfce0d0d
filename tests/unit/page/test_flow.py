"""The graph by files, its layers, the critical path, and the rows and columns made of it."""

from hypothesis import given
from hypothesis import strategies as st

from headrace.page import flow, jobs, samples
from headrace.page.jobs import Job, Standing
from headrace.runs.journal import EntryState, JobEntry
from headrace.runs.listing import State
from tests.unit.page import made


def _job(  # noqa: PLR0917 - a line of a table
    jobid: int, rule: str, wildcards: dict[str, str], needs: list[str], makes: str, end: float
) -> Job:
    entry = JobEntry(
        jobid=jobid,
        rule=rule,
        wildcards=wildcards,
        resources={},
        inputs=tuple(needs),
        outputs=(makes,),
        state=EntryState.DONE,
        started=made.at(end - 1),
        ended=made.at(end),
    )
    return Job(entry, (), Standing.DONE)


LANES = [
    _job(1, "index", {}, ["genome"], "index", 5),
    _job(2, "trim", {"unit": "s1_L1"}, ["s1_L1.fq"], "s1_L1.trim", 3),
    _job(3, "trim", {"unit": "s1_L2"}, ["s1_L2.fq"], "s1_L2.trim", 9),
    _job(4, "qc", {"unit": "s1_L1"}, ["s1_L1.trim"], "s1_L1.qc", 4),
    _job(5, "align", {"sample": "s1"}, ["s1_L1.trim", "s1_L2.trim", "index"], "s1.bam", 20),
    _job(6, "align", {"sample": "s10"}, ["index"], "s10.bam", 12),
    _job(7, "align", {"sample": "s2"}, ["index"], "s2.bam", 12),
    _job(8, "report", {}, ["s1.bam", "s2.bam", "s10.bam", "s1_L1.qc"], "report", 25),
]


def test_jobs_are_joined_by_files() -> None:
    graph = flow.of_jobs(LANES)
    assert graph.needs[5] == {1, 2, 3}
    assert graph.feeds[1] == {5, 6, 7}
    assert flow.rule_needs(LANES, graph)["report"] == {"align", "qc"}


def test_the_critical_path_goes_back_over_what_ended_last() -> None:
    path = flow.critical_path(LANES, flow.of_jobs(LANES))
    assert [job.entry.jobid for job in path] == [3, 5, 8]


def test_no_job_that_has_started_means_no_critical_path() -> None:
    waiting = jobs.of_journal(made.journal(["a"], lambda *_: "waiting"), State.RUNNING)
    assert flow.critical_path(waiting, flow.of_jobs(waiting)) == []


def test_lanes_are_in_the_row_of_their_sample_and_shared_jobs_in_one_of_their_own() -> None:
    matrix = samples.arrange(LANES, flow.of_jobs(LANES))
    assert matrix.rows == ("s1", "s2", "s10", samples.SHARED)
    assert {n: matrix.row_of[n] for n in (1, 2, 3, 4, 8)} == {
        1: samples.SHARED,
        2: "s1",
        3: "s1",
        4: "s1",
        8: samples.SHARED,
    }
    assert matrix.rules.index("trim") < matrix.rules.index("align") < matrix.rules.index("report")


def test_without_a_wildcard_that_names_samples_the_commonest_names_the_rows() -> None:
    tables = [
        _job(1, "clean", {"table": "a"}, [], "a.clean", 1),
        _job(2, "clean", {"table": "b"}, [], "b.clean", 1),
        _job(3, "plot", {"kind": "bar"}, ["a.clean", "b.clean"], "bar", 2),
    ]
    assert samples.arrange(tables, flow.of_jobs(tables)).rows == ("a", "b", samples.SHARED)


@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef"))))
def test_layers_hold_every_name_once_even_where_names_need_each_other(
    needs: dict[str, set[str]],
) -> None:
    layers = flow.layers(needs)
    placed = [name for layer in layers for name in layer]
    assert len(placed) == len(set(placed))
    assert set(needs) <= set(placed) <= set(needs).union(*needs.values())
