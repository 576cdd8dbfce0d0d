"""An image of one's own, as a user makes it: built, pushed to a registry, pulled by a job."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from localcloud.runtime.engines import Engine, EngineKind
from localcloud.testing import LocalCloud
from tests.contract.localcloud.conftest import Operations, google_client
from tests.contract.localcloud.container_image import IMAGE, engine_with_image
from tests.contract.localcloud.debian import NotHereError, find
from tests.contract.storage_server import free_port, wait_for

RECIPE = f"""\
FROM {IMAGE}
RUN echo 'echo built: "$@"' > /usr/local/bin/tool && chmod 755 /usr/local/bin/tool
ENTRYPOINT ["bash", "/usr/local/bin/tool"]
"""


@pytest.fixture
def engine() -> Engine:
    try:
        find("docker-registry", "docker-registry")
        return engine_with_image()
    except NotHereError as error:
        pytest.skip(f"no registry or no containers here: {error}")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """The address of an empty registry of this test's own."""
    port = free_port()
    settings = tmp_path / "registry.yml"
    settings.write_text(
        f"version: 0.1\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
        f"storage: {{filesystem: {{rootdirectory: '{tmp_path / 'registry'}'}}}}\n"
    )
    log = tmp_path / "registry.log"
    with log.open("wb") as file:
        server = subprocess.Popen(["docker-registry", "serve", settings], stdout=file, stderr=file)
        try:
            wait_for(port, server, log)
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=10)


def test_an_image_is_built_pushed_and_pulled_by_a_pipeline(
    engine: Engine, registry: str, tmp_path: Path
) -> None:
    image = f"{registry}/lab/tool:1"
    no_tls = ["--tls-verify=false"] if engine.kind is EngineKind.PODMAN else []
    (tmp_path / "recipe").mkdir()
    (tmp_path / "recipe" / "Dockerfile").write_text(RECIPE)

    def call(*words: str) -> None:
        command = [engine.program, *words]
        done = subprocess.run(
            command, env=engine.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    with ExitStack() as stack:
        call("build", "--quiet", f"--tag={image}", str(tmp_path / "recipe"))
        stack.callback(call, "image", "rm", "--force", image)
        call("push", *no_tls, image)
        call("image", "rm", image)
        cloud = stack.enter_context(LocalCloud.start(options=["--runtime=container"]))
        places = stack.enter_context(google_client("lifesciences", "v2beta", cloud.url))
        operations = Operations(places, cloud.state_dir)
        done = operations.run({"imageUri": image, "commands": ["a b", "c"]})
        assert operations.output(done, 1) == "built: a b c\n", operations.output(done, 1, "stderr")
