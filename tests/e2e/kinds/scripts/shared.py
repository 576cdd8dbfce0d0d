"""A module beside a script, which imports it."""


def shout(text: str) -> str:
    """Return the text in capitals."""
    return text.upper()
