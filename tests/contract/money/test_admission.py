"""The ledger on a real storage server, with a hundred launches at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from headrace.errors import CapExceededError
from headrace.money import admission
from headrace.money.ledger import Caps, Reservation
from headrace.runs.cloudstore import CloudStore

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_a_hundred_launches_at_once_never_exceed_the_cap(
    store: CloudStore, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "LONGEST_PAUSE", 0.02)

    def launch(number: int) -> bool:
        wanted = Reservation(
            run_id=f"r{number}", amount=3, made=NOW, expires=NOW + timedelta(days=3)
        )
        try:
            admission.reserve(store, bucket, wanted, Caps(day=100), "USD")
        except CapExceededError:
            return False
        return True

    with ThreadPoolExecutor(100) as pool:
        let_in = list(pool.map(launch, range(100)))
    state = admission.read(store, bucket)
    assert let_in.count(True) == 33
    assert state.on_day(NOW.date()) == pytest.approx(99)

    assert admission.settle(store, bucket, state.open[0].run_id, 1, NOW) is not None
    assert admission.read(store, bucket).on_day(NOW.date()) == pytest.approx(97)
