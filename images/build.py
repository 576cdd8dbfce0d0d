"""Build our images on this machine, without any registry: `python -m images.build`.

The Dockerfiles are those that are deployed. Their base is made of Debian's packages instead of
pulled, and Python packages come from wherever this machine's pip has them. Needs podman, and
mmdebstrap on Debian or Ubuntu.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from headrace.deploy.images import copy_sources, sources
from headrace.errors import HeadraceError, InputError
from images import pip_settings
from images.debian import base_image, engine_has
from localcloud.errors import LocalCloudError
from localcloud.runtime.engines import Engine, find_engine

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / "build" / "images"
BUILD_SECONDS = 600
_TAG_DIGITS = 16
KEPT = 2
"""Images of each name that stay: another checkout may be using its own."""


_ENVIRONMENT = (
    "LICENSE",
    "NOTICE",
    "README.md",
    "constraints.txt",
    "pyproject.toml",
    "images/stage/",
)


@dataclass(frozen=True)
class Recipe:
    """A Dockerfile below `images/`, and what is made of it: by default its last stage.

    `made_of` are the files and folders that go in, by the beginnings of their names.
    """

    dockerfile: str
    target: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    made_of: tuple[str, ...] = (*_ENVIRONMENT, "src/")


RECIPES = {
    "stage": Recipe("stage"),
    "stage-lifesciences": Recipe("stage", target="for-root"),
    "controller": Recipe("controller", made_of=("",)),
    "tools": Recipe(
        "stage", arguments={"EXTRA": "tools"}, made_of=(*_ENVIRONMENT, "src/wheeltools/")
    ),
}
"""`tools` has the sequencing workflow's programs, as wheels: it stands for all tools' images."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line entry point."""
    parser = argparse.ArgumentParser(prog="python -m images.build", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(RECIPES)}; or all")
    parser.add_argument("--base", help="a local image with bash and python3, in place of Debian's")
    parsed = parser.parse_args(arguments)
    unknown = sorted(set(parsed.names) - set(RECIPES))
    if unknown:
        parser.error(f"there is no image {', '.join(unknown)}: name some of {', '.join(RECIPES)}")
    try:
        engine = find_engine(FOLDER, os.environ)
        base = _given(engine, parsed.base) if parsed.base else _debian(engine)
        for name in parsed.names or RECIPES:
            print(f"{name} ...", flush=True)
            image = build(engine, name, base)
            print(f"{image}  {size_mb(engine, image):.0f} MB")
    except (HeadraceError, LocalCloudError) as error:
        sys.stderr.write(f"images.build: {error}\n")
        return 2 if isinstance(error, InputError) else 1
    return 0


def _given(engine: Engine, image: str) -> str:
    if not engine_has(engine, image):
        raise InputError(f"--base {image}: {engine.kind.value} has no such image; pull it first.")
    return image


def _debian(engine: Engine) -> str:
    print("The base, which takes a minute or two if it is new ...", flush=True)
    return base_image(engine, FOLDER)


def build(engine: Engine, name: str, base: str) -> str:
    """Build one of RECIPES on a base image, unless it is there; returns the image's name.

    Raises:
        HeadraceError: with the end of what the engine said.
    """
    recipe = RECIPES[name]
    image = f"localhost/headrace-{name}:{tag(recipe, base)}"
    if engine_has(engine, image):
        return image
    arguments = {"BASE": base, **recipe.arguments}
    with tempfile.TemporaryDirectory() as temporary:
        context = Path(temporary, "context")
        copy_sources(REPOSITORY, context)
        words = [
            "build",
            f"--file={context}/images/{recipe.dockerfile}/Dockerfile",
            *(f"--build-arg={key}={value}" for key, value in arguments.items()),
        ]
        # What is mounted leaves empty files behind, so only for the part that is thrown away.
        mounted = ["--network=host", *pip_settings.mounts(Path(temporary))]
        _call(engine, *words, "--target=build", *mounted, str(context))
        target = [f"--target={recipe.target}"] if recipe.target else []
        _call(engine, *words, *target, f"--tag={image}", str(context))
    _remove_old(engine, image.partition(":")[0])
    return image


def tag(recipe: Recipe, base: str, repository: Path = REPOSITORY) -> str:
    """Return another word whenever the base or a file that goes in is another."""
    digest = hashlib.sha256(base.encode())
    for path in sources(repository):
        if path.as_posix().startswith(recipe.made_of):
            content = hashlib.sha256((repository / path).read_bytes()).hexdigest()
            digest.update(f"\n{path.as_posix()} {content}".encode())
    return digest.hexdigest()[:_TAG_DIGITS]


def size_mb(engine: Engine, image: str) -> float:
    """Return an image's size in MB (10^6 bytes), its base included."""
    return int(_call(engine, "image", "inspect", "--format={{.Size}}", image)) / 1e6


def _remove_old(engine: Engine, name: str) -> None:
    """Remove all but the newest images of a name; one that is in use stays."""
    listed = _call(engine, "images", "--sort=created", f"--filter=reference={name}", "--quiet")
    for old in list(dict.fromkeys(listed.split()))[KEPT:]:
        command = [engine.program, "image", "rm", old]
        subprocess.run(command, env=dict(engine.environment), capture_output=True, check=False)


def _call(engine: Engine, *words: str) -> str:
    done = subprocess.run(
        [engine.program, *words],
        env=dict(engine.environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_SECONDS,
    )
    if done.returncode != 0:
        raise HeadraceError(
            f"{engine.kind.value} {words[0]}: {(done.stderr + done.stdout)[-2000:]}"
        )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
