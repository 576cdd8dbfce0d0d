"""Reading a secret where a channel says it is; its value goes into no log and no message."""

from collections.abc import Mapping

from headrace.errors import SettingsError
from headrace.notices import google
from headrace.notices.channels import Secret


def value(secret: Secret, environ: Mapping[str, str]) -> str:
    """Return a secret's value, without white space around it.

    Raises:
        SettingsError: it is not where the channel says.
        ServiceError: Secret Manager does not hand it out.
    """
    if secret.env is not None:
        found = environ.get(secret.env, "").strip()
        where = f"the variable {secret.env}"
    else:
        found = google.secret(str(secret.secret), environ).strip()
        where = str(secret.secret)
    if not found:
        raise SettingsError(f"There is no secret in {where}: set it, or name another place.")
    return found
