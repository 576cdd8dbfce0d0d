"""The complete settings of a run: what the user wrote, laid over the profile of the data."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .checking import InputError, check, load_schema, suggestion

PROFILES = Path(__file__).parents[2] / "config" / "profiles.yaml"

Settings = Mapping[str, Any]

_PLAIN = re.compile(r"null|true|false|-?\d+(\.\d+)?")


def load_profiles(path: Path = PROFILES) -> Mapping[str, Settings]:
    """What each profile settles."""
    profiles: Mapping[str, Settings] = yaml.safe_load(path.read_text())
    return profiles


def complete(config: Settings, profiles: Mapping[str, Settings]) -> dict[str, Any]:
    """Every setting, from `config` where it says something and from its profile elsewhere.

    Raises:
        InputError: the result does not fit config.schema.yaml, or contradicts itself.
    """
    name = str(config.get("profile"))
    if name not in profiles:
        raise InputError(f"configuration: profile is {name!r}; {suggestion(name, profiles)}")
    settings = laid_over(profiles[name], typed(config))
    check(settings, load_schema("config"), "configuration")
    _check_duplicates(settings)
    return settings


def typed(value: Any) -> Any:
    """The value as YAML in a file has it: `--config` leaves `{"seed": 2}` and `null` as text."""
    if isinstance(value, Mapping):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return yaml.safe_load(value)
    return value


def laid_over(below: Settings, above: Settings) -> dict[str, Any]:
    """Both, nested settings key by key; `above` wins."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(under, Mapping) and isinstance(value, Mapping):
            merged[key] = laid_over(under, value)
        else:
            merged[key] = value
    return merged


def _check_duplicates(settings: Settings) -> None:
    """Copies of an amplicon are no duplicates, and reads clipped to one start all look like one."""
    marked = settings["alignment"]["duplicates"] == "mark"
    for reason, applies in (
        ("profile is 'amplicon'", settings["profile"] == "amplicon"),
        (f"primers is {settings['primers']!r}", settings["primers"] is not None),
    ):
        if marked and applies:
            raise InputError(
                "configuration: alignment.duplicates is 'mark' but must be keep, as "
                f"{reason}: nearly all reads of an amplicon would be taken for duplicates."
            )
