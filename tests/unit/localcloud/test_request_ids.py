from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud.api.request_ids import REMEMBERED, RequestIds
from localcloud.jobs.archive import Archive
from localcloud.wire.errors import ApiError

ID = "7f1b4cf2-2d5b-4d0c-9f6d-1f7f0d1f8c11"


class Scene:
    """Request ids on a clock that is set by hand, and an act that counts itself."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, tzinfo=UTC)
        self._archive = Archive(Path(":memory:"))
        self.acts = 0
        self.restart()

    def restart(self) -> None:
        self.ids = RequestIds(lambda: self.now, self._archive.shelf("request id"))

    def act(self) -> dict[str, Any]:
        self.acts += 1
        return {"act": self.acts}

    def send(self, request_id: str, place: str = "p/l") -> int:
        number: int = self.ids.once("create", place, request_id, self.act)["act"]
        return number


def test_the_same_id_acts_once_within_the_hour_and_again_after_it() -> None:
    scene = Scene()
    assert [scene.send(ID), scene.send(ID.upper())] == [1, 1]
    scene.now += REMEMBERED - timedelta(seconds=1)
    assert scene.send(ID) == 1
    scene.now += timedelta(seconds=1)
    assert scene.send(ID) == 2


def test_no_id_and_other_places_act_every_time() -> None:
    scene = Scene()
    assert [scene.send(""), scene.send(""), scene.send(ID), scene.send(ID, "p/m")] == [1, 2, 3, 4]


@pytest.mark.parametrize("request_id", ["x", "00000000-0000-0000-0000-000000000000"])
def test_what_is_not_a_proper_uuid_is_refused(request_id: str) -> None:
    scene = Scene()
    with pytest.raises(ApiError):
        scene.send(request_id)
    assert scene.acts == 0


def test_a_refusal_is_not_remembered() -> None:
    scene = Scene()

    def refuse() -> dict[str, Any]:
        raise RuntimeError("refused")

    with pytest.raises(RuntimeError):
        scene.ids.once("create", "p/l", ID, refuse)
    assert scene.send(ID) == 1


def test_a_restart_remembers_for_the_rest_of_the_hour() -> None:
    scene = Scene()
    assert scene.send(ID) == 1
    scene.restart()
    assert scene.send(ID) == 1
    scene.now += REMEMBERED
    scene.restart()
    assert scene.send(ID) == 2
