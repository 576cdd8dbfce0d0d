"""How long a broken transfer is taken up again."""

import itertools

from headrace.staging.patience import FAILURES, LONGEST_PAUSE_SECONDS, Patience


def test_a_transfer_that_gets_on_is_never_given_up() -> None:
    patience = Patience(sleep=lambda _seconds: None)
    assert all(patience.failed_at(position) for position in range(10 * FAILURES))


def test_one_that_does_not_is_given_up_after_growing_pauses() -> None:
    pauses: list[float] = []
    patience = Patience(sleep=pauses.append)
    results = [patience.failed_at(100) for _ in range(FAILURES)]
    assert results == [*(FAILURES - 1) * [True], False]
    assert len(pauses) == FAILURES - 1
    assert all(later > earlier / 2 for earlier, later in itertools.pairwise(pauses))
    assert max(pauses) <= LONGEST_PAUSE_SECONDS
