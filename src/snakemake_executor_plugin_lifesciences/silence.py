"""A service that does not answer: borne for a while, then given up."""


class Silence:
    """How long the service has not answered, and when that is too long; times in seconds."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._began: float | None = None
        self._reason = ""

    def begin(self, reason: str, now: float) -> None:
        """Note that the service did not answer."""
        self._began = now if self._began is None else self._began
        self._reason = reason

    def end(self) -> None:
        """Note that it answered."""
        self._began = None

    def too_long(self, now: float) -> bool:
        """Tell whether jobs in flight are to be given up."""
        return self._began is not None and now - self._began > self._patience

    @property
    def sentence(self) -> str:
        """What to tell a person then."""
        return f"{self._reason} Given up after {self._patience:.0f} s of silence."
