"""Ids and labels within the limits of both APIs."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.errors import SettingsError
from snakemake_executor_plugin_lifesciences.naming import check_run, job_id, job_key, slug

BATCH_JOB_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
LABEL_VALUE = re.compile(r"[a-z0-9_-]{0,63}")


@given(st.text(), st.integers(0, 49))
def test_every_rule_name_gives_an_id_that_batch_accepts(rule: str, start: int) -> None:
    assert BATCH_JOB_ID.fullmatch(job_id(rule, job_key(rule), start))


@given(st.text())
def test_every_rule_name_gives_a_label_value(rule: str) -> None:
    assert LABEL_VALUE.fullmatch(slug(rule))


@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_a_key_does_not_depend_on_the_order_of_a_mapping(parts: dict[str, int | str]) -> None:
    turned = dict(reversed(parts.items()))
    assert job_key(parts, 1) == job_key(turned, 1)


def test_a_key_changes_with_every_part() -> None:
    assert len({job_key("a", 1), job_key("b", 1), job_key("a", 2), job_key("a")}) == 4


@pytest.mark.parametrize("run", ["", "Run", "1run", "run_1", "run-", "r" * 64])
def test_a_run_id_that_cannot_be_a_label_is_refused(run: str) -> None:
    with pytest.raises(SettingsError, match="cannot be a label"):
        check_run(run)


@pytest.mark.parametrize("run", ["r", "manual", "reads-0123456789abcdef0123", "r" * 63])
def test_ordinary_run_ids_pass(run: str) -> None:
    check_run(run)
