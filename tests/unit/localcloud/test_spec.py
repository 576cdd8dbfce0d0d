import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.jobs.spec import PolicyAction, RetryRule

CODES = frozenset({50001, 7})


@pytest.mark.parametrize(
    ("rule", "code", "again"),
    [
        (RetryRule(1), 1, True),
        (RetryRule(0), 1, False),
        (RetryRule(1, PolicyAction.RETRY_TASK, CODES), 50001, True),
        (RetryRule(1, PolicyAction.RETRY_TASK, CODES), 1, False),
        (RetryRule(1, PolicyAction.FAIL_TASK, CODES), 7, False),
        (RetryRule(1, PolicyAction.FAIL_TASK, CODES), 1, True),
    ],
)
def test_a_policy_and_its_opposite_for_other_codes(rule: RetryRule, code: int, again: bool) -> None:
    assert rule.allows(0, code) is again


@given(st.integers(0, 10), st.integers(0, 20), st.integers(1, 60000), st.sampled_from(PolicyAction))
def test_retries_are_bounded_whatever_the_codes(
    most: int, used: int, code: int, action: PolicyAction
) -> None:
    if RetryRule(most, action, CODES).allows(used, code):
        assert used < most
