"""What is built here has another name whenever something else would be in it."""

from pathlib import Path

import pytest

from images.build import RECIPES, tag

FILES = (
    "constraints.txt",
    "images/stage/Dockerfile",
    "src/headrace/cli.py",
    "src/wheeltools/wheels.py",
    "workflow/Snakefile",
)
CHANGES = {
    "stage": FILES[:4],
    "stage-lifesciences": FILES[:4],
    "controller": FILES,
    "tools": (*FILES[:2], "src/wheeltools/wheels.py"),
}


@pytest.fixture(name="repository")
def _repository(tmp_path: Path) -> Path:
    names = ("LICENSE", "NOTICE", "README.md", "pyproject.toml", *FILES)
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("name", RECIPES)
def test_an_images_name_changes_with_its_base_and_with_each_file_that_goes_in(
    repository: Path, name: str
) -> None:
    recipe = RECIPES[name]
    before = tag(recipe, "debian", repository)
    assert tag(recipe, "debian", repository) == before
    assert tag(recipe, "ubuntu", repository) != before
    for file in FILES:
        (repository / file).write_text("changed")
        changed = tag(recipe, "debian", repository)
        assert (changed != before) == (file in CHANGES[name]), file
        before = changed


def test_every_recipe_is_a_dockerfile_that_is_there() -> None:
    images = Path(__file__).parents[3] / "images"
    assert all((images / recipe.dockerfile / "Dockerfile").is_file() for recipe in RECIPES.values())
