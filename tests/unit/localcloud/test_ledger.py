from pathlib import Path

from localcloud.events.ledger import Ledger


def test_what_is_acknowledged_survives_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "events" / "acknowledged"
    Ledger(path).add("handle", "1")
    with path.open("a") as file:
        file.write('["handle", "2')
    again = Ledger(path)
    assert ("handle", "1") in again
    assert ("handle", "2") not in again
    assert ("other", "1") not in again
    again.add("handle", "3")
    assert ("handle", "3") in Ledger(path)
