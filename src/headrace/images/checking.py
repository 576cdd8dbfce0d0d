"""Whether every image that rules use is in the lock, with all that must be known of it. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from headrace.images.lock import LOCK, Lock
from headrace.images.reference import Reference


def findings(used: Mapping[str, Iterable[str]], lock: Lock) -> Iterator[str]:
    """Yield a sentence for each fault; `used` gives the rules that use each image."""
    locked = {str(image.reference) for image in lock.images.values()}
    for image, rules in used.items():
        if str(Reference.parse(image)) not in locked:
            names = ", ".join(sorted(rules))
            yield f"{image}, of the rules {names}, is not in {LOCK}: name it there."
    for name, entry in lock.images.items():
        for what in ("licence", "source"):
            if not getattr(entry, what).strip():
                yield f"{name}: its {what} is not told: write it into {LOCK}."
        if entry.digest is None and not entry.unpinned:
            yield (
                f"{name}: has no digest and no reason under 'unpinned': "
                f"run 'headrace images pin {name}'."
            )


def unpinned(lock: Lock) -> Iterator[str]:
    """Yield a sentence for each image that is known to have no digest, with the reason."""
    for name, entry in lock.images.items():
        if entry.digest is None and entry.unpinned:
            yield f"{name}: not pinned, as {entry.unpinned}."
