import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from workflow.lib.checking import InputError, check, load_schema
from workflow.lib.metrics import METRICS, gates
from workflow.lib.settings import complete, load_profiles

ROOT = Path(__file__).parents[3]
CONFIG: Mapping[str, Any] = complete(
    yaml.safe_load((ROOT / "config" / "config.yaml").read_text()), load_profiles()
)


def changed(*keys: str, value: Any) -> dict[str, Any]:
    """The committed configuration with one value changed or added."""
    config = copy.deepcopy(dict(CONFIG))
    place = config
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    return config


def refusal(config: object) -> str:
    with pytest.raises(InputError) as caught:
        check(config, load_schema("config"), "configuration")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_committed_configuration_fits() -> None:
    check(CONFIG, load_schema("config"), "configuration")


def test_every_metric_has_limits_and_every_limit_a_metric() -> None:
    assert set(CONFIG["gates"]) == set(METRICS)
    assert set(load_schema("config")["properties"]["gates"]["properties"]) == set(METRICS)


def test_gates_join_configured_limits_with_the_metrics_own_facts() -> None:
    made = gates(CONFIG["gates"], 12)
    assert list(made) == list(METRICS)
    assert made["breadth"] == {
        "title": "Bases at 12x or more",
        "unit": "%",
        "better": "higher",
        "meaning": "bases of the reference, or of the targets, under 12 reads or more, without "
        "duplicates",
        "source": "samtools depth",
        "warn": 95,
        "fail": 80,
    }


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (("refrence",), "unknown key 'refrence'; did you mean 'reference'?"),
        (
            ("trimming", "min_lenght"),
            "unknown key 'trimming.min_lenght'; did you mean 'min_length'?",
        ),
        (("gates", "q30", "worn"), "unknown key 'gates.q30.worn'; did you mean 'warn'?"),
        (("gates", "xyz"), "unknown key 'gates.xyz'; known are reads, q30, adapters, "),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    keys: tuple[str, ...], sentence: str
) -> None:
    assert refusal(changed(*keys, value=1)).startswith(f"configuration: {sentence}")


def test_a_missing_key_is_refused_with_its_full_name() -> None:
    config = changed("trimming", value={})
    assert refusal(config).startswith("configuration: the key 'trimming.")


@pytest.mark.parametrize(
    ("keys", "value", "sentence"),
    [
        (("calling", "ploidy"), 3, "calling.ploidy is 3 but must be 1 or 2."),
        (("trimming", "max_n"), 2, "trimming.max_n is 2 but must be a share, 0 to 1."),
        (("gates", "q30", "warn"), "85", "gates.q30.warn is '85' but must be a number, 0 or more"),
        (("trimming", "adapter_1"), "ACG; rm", "trimming.adapter_1 is 'ACG; rm' but must be 3 to"),
        (("reference",), "../genome.fa", "reference is '../genome.fa' but must be a path"),
        (("samples",), "sheet.xlsx", "samples is 'sheet.xlsx' but must be the path of"),
        (("images", "samtools"), "a b", "images.samtools is 'a b' but must be a name of"),
        (("resources", "qc", "threads"), 0, "resources.qc.threads is 0 but must be a whole"),
        (("trimming",), 3, "trimming is 3 but must be trimming settings by name."),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_would(
    keys: tuple[str, ...], value: Any, sentence: str
) -> None:
    assert refusal(changed(*keys, value=value)).startswith(f"configuration: {sentence}")


def test_a_configuration_that_is_no_mapping_is_refused() -> None:
    assert refusal([1]) == "configuration: it is [1] but must be settings by name."


def every_schema(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    nested = schema.get("properties", {}).values()
    return [schema, *(inner for value in nested for inner in every_schema(value))]


@pytest.mark.parametrize("name", ["config", "samples"])
def test_every_schema_says_what_it_allows_and_takes_no_unknown_keys(name: str) -> None:
    for schema in every_schema(load_schema(name)):
        assert schema["description"]
        if "properties" in schema:
            assert schema["additionalProperties"] is False
