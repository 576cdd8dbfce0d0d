"""Batch v1: environment messages become variables, secrets included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.wire.errors import invalid, unimplemented
from localcloud.wire.rules import check_environment

Message = Mapping[str, Any]

Variables = Callable[[Message, str], Mapping[str, str]]
"""Reads the variables of a message, given its field path."""


def variables(message: Message, field: str, *, secrets: Mapping[str, str]) -> Mapping[str, str]:
    """The variables of a message's `environment` (or, older, `environments`).

    Raises:
        ApiError: a name that cannot be one, an unknown secret, or an encrypted variable.
    """
    environment: Message = message.get("environment", {})
    place = f"{field}.environment"
    if environment.get("encryptedVariables"):
        raise unimplemented(f"{place}.encrypted_variables", "variables encrypted by Cloud KMS")
    plain: Mapping[str, str] = {
        **message.get("environments", {}),
        **environment.get("variables", {}),
    }
    check_environment(f"{place}.variables", plain)
    secret: Mapping[str, str] = environment.get("secretVariables", {})
    check_environment(f"{place}.secret_variables", secret)
    return {
        **plain,
        **{name: _secret(f"{place}.secret_variables", secrets, s) for name, s in secret.items()},
    }


def _secret(field: str, secrets: Mapping[str, str], name: str) -> str:
    if name not in secrets:
        raise invalid(
            field, f"secret {name!r} is not in the local cloud's secrets file (--secrets)"
        )
    return secrets[name]
