"""headrace/staging/plan.py: the order of steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.staging.plan import Plan, Step


def plan(*beside: bool) -> Plan:
    steps = tuple(Step("step", "image", "true", beside=flag) for flag in beside)
    return Plan("gs://results/work/run/job", (), (), steps, ())


@pytest.mark.parametrize(
    ("beside", "waves"),
    [
        ((), ()),
        ((False,), ((0,),)),
        ((False, False), ((0,), (1,))),
        ((False, True, True, False), ((0, 1, 2), (3,))),
    ],
)
def test_steps_beside_each_other_make_a_wave(
    beside: tuple[bool, ...], waves: tuple[tuple[int, ...], ...]
) -> None:
    assert plan(*beside).waves == waves


@given(st.lists(st.booleans()))
def test_every_step_is_in_one_wave_and_in_order(beside: list[bool]) -> None:
    waves = plan(False, *beside).waves
    assert [number for wave in waves for number in wave] == list(range(len(beside) + 1))
