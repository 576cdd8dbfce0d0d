"""What docs/localcloud.md says of faults and options is so."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from localcloud.cli import _parser
from localcloud.faults import orders
from localcloud.faults.orders import ApiFault, DeliveryFault, JobFault, Messages
from localcloud.testing import LocalCloud

PAGE = (Path(__file__).parents[3] / "docs" / "localcloud.md").read_text()
EXAMPLES = [json.loads(text) for text in re.findall(r"\| `(\{.*?\})` \|\n", PAGE)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["do"])
def test_each_example_of_a_fault_is_accepted(cloud: LocalCloud, example: dict[str, Any]) -> None:
    cloud.order_fault(**example)
    cloud.clear_faults()


def test_every_fault_has_an_example() -> None:
    others = {fault.value for fault in JobFault if fault is not JobFault.LOSE_MACHINE}
    faults = {fault.value for kind in (ApiFault, DeliveryFault) for fault in kind}
    assert {example["do"] for example in EXAMPLES} == faults | others | set(orders._LOSSES)


def test_every_fault_of_messages_has_an_example_for_uploads_and_for_notifications() -> None:
    for key in Messages:
        faults = {example["do"] for example in EXAMPLES if key.value in example}
        assert faults == {fault.value for fault in DeliveryFault}


def test_every_option_of_up_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _parser().parse_args(["up", "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    missing = {option for option in options if f"`{option}" not in PAGE and option not in PAGE}
    assert missing == set()
