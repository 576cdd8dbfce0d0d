"""Files that only go with another file: they start nothing unless a rule asks for them by name."""

from headrace.arrivals.patterns import Pattern

_ENDINGS = (
    # checksums and signatures
    ".md5", ".md5sum", ".md5.txt", ".sha1", ".sha256", ".sha512", ".crc32c", ".asc", ".sig",
    # indices
    ".bai", ".crai", ".csi", ".tbi", ".fai", ".gzi", ".idx", ".pbi",
    # of uploads that are not finished, and of editors and file managers
    ".tmp", ".part", ".partial", ".filepart", ".crdownload", ".swp", "~",
)  # fmt: skip
_NAMES = ("md5sums.txt", "checksums.txt", "_success", ".ds_store", "thumbs.db", "desktop.ini")


def goes_with_another(name: str) -> bool:
    """Say whether an object's name is that of an index, a checksum or the like."""
    low = name.lower()
    return low.endswith(_ENDINGS) or low.rpartition("/")[2] in _NAMES


def asked_for(name: str, pattern: Pattern) -> bool:
    """Say whether the pattern itself ends as this name does, and not by chance of a field."""
    return not goes_with_another(name) or goes_with_another(pattern.ending)
