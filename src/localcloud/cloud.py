"""The local cloud as a whole: starts the parts in order, serves, stops them in reverse order."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
import uuid
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from localcloud.api.app import Api, application
from localcloud.api.batch import Batch
from localcloud.api.console import Console
from localcloud.api.control import Control
from localcloud.api.lifesciences import LifeSciences
from localcloud.api.pubsub import PubSub
from localcloud.api.secretmanager import SecretManager
from localcloud.api.server import new_server
from localcloud.children import HOST, Child, choose_port, free_port, listen
from localcloud.engine.clock import Clock
from localcloud.engine.engine import Engine
from localcloud.engine.quota import Limits, Quota
from localcloud.engine.surroundings import Surroundings
from localcloud.events.ledger import Ledger
from localcloud.events.mailboxes import Mailboxes
from localcloud.events.publisher import Publisher
from localcloud.events.pusher import Pusher, RetryPace
from localcloud.events.relay import Pace, Relay, Subscription
from localcloud.faults.book import FaultBook
from localcloud.functions import function_command
from localcloud.jobs.archive import Archive
from localcloud.jobs.bill import Bill
from localcloud.jobs.job import Listener
from localcloud.jobs.store import JobStore
from localcloud.runtime.base import Runtime
from localcloud.runtime.choice import choose_runtime
from localcloud.settings import Settings
from localcloud.statedir import CloudState, FunctionState, StateDir
from localcloud.storage import StorageClient, find_binary, storage_command

log = logging.getLogger(__name__)


class Cloud:
    """One local cloud in this process and its children."""

    def __init__(self, settings: Settings, directory: StateDir, keeper_pid: int) -> None:
        self._settings = settings
        self._directory = directory
        self._pid = keeper_pid
        self._stopping = asyncio.Event()
        self._children: dict[str, Child] = {}
        self._clock = Clock(settings.time_scale)
        self._archive = Archive(directory.path / "jobs.db")
        self._store = JobStore(self._archive)
        self._faults = FaultBook()
        self._mailboxes = Mailboxes(self._clock.elapsed)
        self._bill = Bill(list(self._archive.uses()), self._archive.keep_use)

    async def serve(self) -> None:
        """Start, say where everything is, and serve until told to stop."""
        async with AsyncExitStack() as stack:
            stack.callback(self._archive.close)
            self._store.restore(self._clock.now())
            listener = stack.enter_context(listen(self._settings.port, "--port"))
            self._stop_on_signals()
            state = await self._start(stack, listener)
            self._directory.write(state)
            stack.callback(self._directory.withdraw)
            log.info("ready: Life Sciences and Batch at %s", state.cloud_url)
            log.info("ready: Cloud Storage at %s", state.storage_url)
            log.info("settings for your shell: . %s", self._directory.path / "env.sh")
            await self._stopping.wait()
            log.info("stopping")

    def stop(self) -> None:
        """Begin to stop."""
        self._stopping.set()

    def _stop_on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.stop)
        if self._settings.until_stdin_closes:
            loop.add_reader(sys.stdin.fileno(), self._on_stdin)

    def _on_stdin(self) -> None:
        if not os.read(sys.stdin.fileno(), 1024):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self.stop()

    async def _start(self, stack: AsyncExitStack, listener: socket.socket) -> CloudState:
        cloud_url = f"http://{HOST}:{listener.getsockname()[1]}"
        relay, storage = await self._start_storage(stack)
        storage_url = f"http://{HOST}:{storage.port}"
        environment = {"CLOUD_URL": cloud_url, "STORAGE_EMULATOR_HOST": storage_url}
        pusher = Pusher(
            self._settings.pushes, self._clock.now, RetryPace(), self._faults, self._mailboxes
        )
        stack.push_async_callback(pusher.stop)
        chosen = choose_runtime(
            self._settings, self._directory.path, environment, self._clock.now, storage
        )
        shutil.rmtree(self._directory.path / "vms", ignore_errors=True)
        engine = self._engine(chosen.runtime, pusher.on_event)
        stack.push_async_callback(engine.shutdown)
        await self._start_api(stack, listener, engine, storage, pusher)
        functions = await self._start_functions(stack, environment)
        relay.subscribe(
            [
                Subscription(name, f.bucket, _port(f.url))
                for name, f in functions.items()
                if f.bucket
            ]
        )
        return CloudState(
            pid=self._pid,
            cloud_url=cloud_url,
            storage_url=storage_url,
            project=self._settings.project,
            location=self._settings.location,
            buckets=self._settings.all_buckets,
            functions=functions,
            machines=chosen.description,
        )

    async def _start_storage(self, stack: AsyncExitStack) -> tuple[Relay, StorageClient]:
        """Start the event endpoint, the storage that publishes there, and make the buckets."""
        settings, directory = self._settings, self._directory.path
        binary = find_binary()
        port = choose_port(settings.storage_port, "--storage-port")
        storage = StorageClient(port)
        ledger = Ledger(directory / "events" / "acknowledged")
        relay = Relay(storage, ledger, self._faults, Pace())
        stack.push_async_callback(relay.stop)
        publisher = Publisher(relay.on_finalize)
        address = await publisher.start()
        stack.push_async_callback(publisher.stop)
        root = None if settings.in_memory else directory / "storage"
        command = storage_command(
            binary,
            port,
            root=root,
            log=directory / "storage.log",
            publisher=address,
            project=settings.project,
        )
        await self._start_child(stack, "storage", Child(command))
        for bucket in settings.all_buckets:
            await asyncio.to_thread(storage.create_bucket, bucket, settings.project)
        return relay, storage

    async def _start_functions(
        self, stack: AsyncExitStack, environment: Mapping[str, str]
    ) -> dict[str, FunctionState]:
        settings = self._settings
        given = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "GOOGLE_CLOUD_PROJECT": settings.project,
            **environment,
            **settings.function_environment,
        }
        states = {}
        for function in settings.functions:
            file = self._directory.path / "functions" / f"{function.target}.log"
            command = function_command(function, free_port(), given, file)
            await self._start_child(stack, f"function {function.target}", Child(command))
            url = f"http://{HOST}:{command.port}"
            states[function.target] = FunctionState(url, str(file), function.bucket)
        return states

    async def _start_child(self, stack: AsyncExitStack, name: str, child: Child) -> None:
        stack.push_async_callback(child.stop)
        await child.start()
        self._children[name] = child

    def _engine(self, runtime: Runtime, listener: Listener) -> Engine:
        around = Surroundings(
            clock=self._clock,
            new_hex=_new_hex,
            quota=Quota(Limits(self._settings.cpus, self._settings.quotas)),
            runtime=runtime,
            logs=self._directory.path / "logs",
            faults=self._faults,
            model=self._settings.vm_model,
            bill=self._bill,
            listener=listener,
        )
        return Engine(self._store, around)

    async def _start_api(
        self,
        stack: AsyncExitStack,
        listener: socket.socket,
        engine: Engine,
        storage: StorageClient,
        pusher: Pusher,
    ) -> None:
        console = Console(
            store=self._store,
            bill=self._bill,
            buckets=self._settings.all_buckets,
            objects=storage.first_objects,
            logs=self._directory.path / "logs",
            now=self._clock.now,
        )
        batch = Batch(
            store=self._store,
            engine=engine,
            now=self._clock.now,
            new_hex=_new_hex,
            secrets=self._settings.secrets,
            archive=self._archive,
        )
        apis: list[Api] = [
            LifeSciences(self._store, engine, self._clock.now, _new_hex),
            batch,
            PubSub(pusher.publish, self._mailboxes),
            SecretManager(self._settings.secrets),
        ]
        control = Control(
            self._health, lambda: self._reset(engine), self.stop, self._faults, self._bill
        )
        app = application(apis, control, console, self._faults)
        server = new_server(app)
        serving = asyncio.create_task(server.serve(sockets=[listener]))

        async def stop() -> None:
            server.should_exit = True
            await serving

        stack.push_async_callback(stop)

    def _health(self) -> dict[str, Any]:
        parts = {name: child.healthy for name, child in self._children.items()}
        return {"healthy": all(parts.values()), "parts": parts}

    async def _reset(self, engine: Engine) -> None:
        await engine.shutdown()
        self._store.clear()


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _new_hex() -> str:
    return uuid.uuid4().hex
