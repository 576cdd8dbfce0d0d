"""Makes the README's picture of a run's page: `make screenshots`.

The run is a real one, of the demo with tables on the local cloud: its documents are in `recorded/`.
"""

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from headrace.gcs import ObjectUri
from headrace.page import reading, render
from headrace.page.facts import Facts
from headrace.runs import journal
from headrace.runs.journal import JOBS_FILE
from tests.contract.page.browser import browser
from tests.unit.arrivals.memory import MemoryStore

RECORDED = Path(__file__).parent / "recorded"
PICTURE = Path(__file__).resolve().parents[3] / "docs" / "pictures" / "page.png"
WIDTH, HEIGHT = 1180, 1120


def recorded() -> Facts:
    """Return the recorded run, as its page was made of it when it had ended."""
    told = journal.read((RECORDED / JOBS_FILE).read_bytes(), JOBS_FILE)
    folder = ObjectUri("results", f"runs/{told.run_id}")
    store = MemoryStore(lambda: told.updated)
    for file in RECORDED.iterdir():
        store.write(folder / file.name, file.read_bytes())
    return reading.facts(store, folder, told.updated + timedelta(seconds=3))


def main() -> int:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as folder, browser() as tab:
        page = Path(folder) / "index.html"
        page.write_bytes(render.page(recorded()))
        tab.prefer("light")
        tab.open(page.as_uri(), WIDTH, HEIGHT)
        size = len(tab.picture(PICTURE, whole=False))
    sys.stdout.write(f"{PICTURE}: {size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
