"""Writing the provenance of a run beside its results, with the workflow that it ran."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from headrace.page import crate, publish, reading
from headrace.page.crate import WORKFLOW
from headrace.records import encode_json
from headrace.runs.scene import End, Scene
from headrace.runs.store import TEXT

_KINDS = {".smk", ".py", ".R", ".Rmd", ".sh", ".ipynb", ".yaml", ".yml", ".json"}
_WRITERS = 8

MAX_SOURCES = 200
"""Most files of a workflow that are kept with a run."""


def after_end(scene: Scene, _end: End) -> None:
    """Keep the workflow and write the crate; see `headrace.runs.hooks`."""
    home = scene.space.home
    sources = workflow_files(home)
    if not sources:
        return

    def keep(path: str) -> None:
        scene.store.write(scene.folder / path, (home / path).read_bytes(), TEXT)

    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(keep, sources))
    own = publish.defaults(home)
    facts = reading.facts(scene.store, scene.folder, scene.clock(), own)
    document = encode_json(crate.crate(facts, sources))
    scene.store.write(scene.folder / reading.CRATE_FILE, document)


def workflow_files(home: Path) -> list[str]:
    """Return the workflow's own files relative to its home, the main one first; none without it."""
    if not (home / WORKFLOW).is_file():
        return []
    found = sorted(
        str(path.relative_to(home))
        for room in ("workflow", "config")
        for path in (home / room).rglob("*")
        if path.is_file() and path.suffix in _KINDS and "__pycache__" not in path.parts
    )
    return [WORKFLOW, *found][:MAX_SOURCES]
