"""The handler inside Snakemake: beside its output, and through whole runs."""

import http.server
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from snakemake.settings.enums import Quietness
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.tests import MockOutputSettings, TestLogHandlerBase

from headrace.runs import journal
from headrace.runs.journal import EntryState
from headrace.runs.status import RunState, RunStatus
from snakemake_logger_plugin_headrace import LogHandler, LogHandlerSettings

SNAKEFILE = """
rule all:
    input: expand("out/{sample}.txt", sample=["a", "b"])

rule make:
    output: "out/{sample}.txt"
    log: "logs/{sample}.log"
    shell: "test {wildcards.sample} != {config[bad]} && echo hello > {output}"
"""


class TestHeadraceLogHandler(TestLogHandlerBase):
    __test__ = True

    @pytest.fixture(autouse=True)
    def _place(self, tmp_path: Path) -> Iterator[None]:
        self.file = tmp_path / "status.json"
        self.created: list[LogHandler] = []
        yield
        for handler in self.created:
            handler.close()

    def _create_handler(self) -> LogHandler:
        handler = super()._create_handler()
        assert isinstance(handler, LogHandler)
        self.created.append(handler)
        return handler

    def get_log_handler_cls(self) -> type[LogHandler]:
        return LogHandler

    def get_log_handler_settings(self) -> LogHandlerSettings:
        return LogHandlerSettings(file=str(self.file))


def _read(file: Path) -> RunStatus:
    return msgspec.json.decode(file.read_bytes(), type=RunStatus)


def _handler(
    file: Path, *, dryrun: bool = False, quiet: tuple[Quietness, ...] | None = None
) -> LogHandler:
    common = MockOutputSettings()
    common.dryrun = dryrun
    common.quiet = quiet
    return LogHandler(common_settings=common, settings=LogHandlerSettings(file=str(file)))


def _begin() -> logging.LogRecord:
    return logging.makeLogRecord({"msg": "", "event": LogEvent.WORKFLOW_STARTED})


def test_nothing_is_written_before_a_run_begins_nor_in_a_dry_run(tmp_path: Path) -> None:
    file = tmp_path / "status.json"
    unlocking = _handler(file)
    unlocking.handle(logging.makeLogRecord({"msg": "Unlocked working directory."}))
    unlocking.close()
    dry = _handler(file, dryrun=True)
    dry.handle(_begin())
    dry.close()
    assert not file.exists()


def test_an_event_of_another_shape_is_told_once_and_the_run_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    handler = _handler(tmp_path / "status.json")
    handler.handle(_begin())
    for _ in range(3):
        handler.handle(logging.makeLogRecord({"msg": "", "event": LogEvent.JOB_FINISHED}))
    handler.close()
    assert _read(tmp_path / "status.json").state is RunState.FAILED
    assert caplog.text.count("does not understand") == 1


def test_being_too_quiet_to_follow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match="--quiet progress"):
        _handler(tmp_path / "status.json", quiet=(Quietness.PROGRESS, Quietness.RULES))
    _handler(tmp_path / "status.json", quiet=(Quietness.RULES,)).close()


def test_the_end_of_python_publishes_what_snakemake_did_not(tmp_path: Path) -> None:
    """`logging.shutdown` holds the handler's lock while it closes the handler."""
    handler = _handler(tmp_path / "status.json")
    handler.handle(_begin())
    handler.acquire()
    try:
        handler.close()
    finally:
        handler.release()
    assert _read(tmp_path / "status.json").state is RunState.FAILED


def _snakemake(folder: Path, bad: str, *settings: str) -> "subprocess.CompletedProcess[str]":
    (folder / "Snakefile").write_text(SNAKEFILE)
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--keep-going", "--nocolor"]
    command += ["--logger", "headrace", *settings, "--config", f"bad={bad}"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_whole_run_that_fails(tmp_path: Path) -> None:
    done = _snakemake(tmp_path, "b", "--logger-headrace-file", "status.json", "--quiet", "rules")
    assert done.returncode == 1
    status = _read(tmp_path / "status.json")
    assert status.state is RunState.FAILED
    assert (status.jobs_done, status.jobs_failed) == (1, 1)
    assert status.errors[0].wildcards == {"sample": "b"}
    assert status.errors[0].log == "logs/b.log"


class _Uploads(http.server.BaseHTTPRequestHandler):
    """A storage service that has nothing, and answers uploads with the status of its server."""

    def do_POST(self) -> None:
        assert isinstance(self.server, _UploadServer)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, body))
        answer = b'{"name": "x", "bucket": "results", "generation": "1"}'
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self) -> None:
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class _UploadServer(http.server.ThreadingHTTPServer):
    status = 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Uploads)
        self.received: list[tuple[str, bytes]] = []


@pytest.fixture
def server() -> Iterator[_UploadServer]:
    with _UploadServer() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()


def _last(server: _UploadServer, file: str) -> bytes:
    """Return the upload that a run's document was written with last."""
    name = f'"name": "runs/reads-1/{file}"'.encode()
    return [body for _, body in server.received if name in body][-1]


def _run_settings(server: _UploadServer) -> list[str]:
    endpoint = f"http://127.0.0.1:{server.server_port}"
    run = ["--logger-headrace-run", "gs://results/runs/reads-1"]
    return [*run, "--logger-headrace-endpoint", endpoint]


def test_a_whole_run_uploads_its_status_beside_snakemakes_own_output(
    tmp_path: Path, server: _UploadServer
) -> None:
    done = _snakemake(tmp_path, "none", *_run_settings(server))
    assert done.returncode == 0, done.stderr
    assert "3 of 3 steps (100%) done" in done.stderr
    assert all(path.startswith("/upload/storage/v1/b/results/o?") for path, _ in server.received)
    body = _last(server, "status.json")
    assert b'"run_id":"reads-1","state":"succeeded"' in body
    assert b'"jobs_total":3,"jobs_done":3,"jobs_failed":0,"jobs_running":0' in body


def test_a_whole_run_uploads_what_every_job_did(tmp_path: Path, server: _UploadServer) -> None:
    done = _snakemake(tmp_path, "b", *_run_settings(server))
    assert done.returncode == 1
    document = _last(server, "jobs.json").split(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]
    written = journal.read(document, "jobs.json")
    assert written.versions.keys() == {"snakemake", "headrace", "python"}
    assert b"<!doctype html>" in _last(server, "index.html")
    jobs = {job.wildcards["sample"]: job for job in written.jobs if job.rule == "make"}
    assert jobs["a"].outputs == ("out/a.txt",)
    assert jobs["a"].command == "test a != b && echo hello > out/a.txt"
    assert (jobs["a"].state, jobs["b"].state) == (EntryState.DONE, EntryState.FAILED)
    assert jobs["a"].ended is not None
    assert "returned non-zero exit status" in jobs["b"].message


def test_a_service_that_refuses_the_status_does_not_stop_the_run(
    tmp_path: Path, server: _UploadServer
) -> None:
    server.status = 403
    done = _snakemake(tmp_path, "none", *_run_settings(server))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("The run's status could not be written") == 1
    assert (tmp_path / "out" / "a.txt").exists()
