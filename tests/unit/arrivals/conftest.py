"""What the tests of arrivals share."""

from collections.abc import Callable

import pytest

from headrace.arrivals import triggers
from headrace.arrivals.triggers import Rule
from headrace.settings import Settings
from tests.unit.arrivals.world import RULES, World


@pytest.fixture
def settings() -> Settings:
    return Settings(
        project="project",
        region="us-central1",
        inbox="inbox",
        results="results",
        stage_image="registry/stage@sha256:0",
        controller_image="registry/controller@sha256:1",
    )


@pytest.fixture
def rules() -> tuple[Rule, ...]:
    return triggers.parse(RULES, "rules")


@pytest.fixture
def world(settings: Settings, rules: tuple[Rule, ...]) -> World:
    return World(settings, rules)


@pytest.fixture
def parse_rules() -> Callable[[str], tuple[Rule, ...]]:
    return lambda text: triggers.parse(text, "triggers.yaml")
