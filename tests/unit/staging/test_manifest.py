"""headrace/staging/manifest.py: which step is to blame."""

import pytest

from headrace.staging.manifest import StepRecord, failed_step


@pytest.mark.parametrize(
    ("codes", "number"),
    [
        ((), None),
        ((0, 0), None),
        ((0, 3), 1),
        ((137, None), 0),
        ((None, None), 0),
        ((0, None), 1),
        ((None, 3), 1),
    ],
)
def test_the_first_that_failed_is_to_blame_before_one_that_was_stopped(
    codes: tuple[int | None, ...], number: int | None
) -> None:
    assert failed_step([StepRecord("step", code) for code in codes]) == number
