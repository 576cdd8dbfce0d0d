"""A Pub/Sub Publisher just large enough for the storage's events.

The storage makes exactly one call, `google.pubsub.v1.Publisher/Publish`. Its messages are described
here by hand, after https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import grpc
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from localcloud.children import HOST

log = logging.getLogger(__name__)

_PACKAGE = "google.pubsub.v1"
_TEXT = FieldDescriptorProto.TYPE_STRING
_BYTES = FieldDescriptorProto.TYPE_BYTES
_MESSAGE = FieldDescriptorProto.TYPE_MESSAGE

Kind: TypeAlias = "FieldDescriptorProto.Type.ValueType"


def _field(
    name: str, number: int, kind: Kind, *, many: bool = False, of: str = ""
) -> FieldDescriptorProto:
    label = FieldDescriptorProto.LABEL_REPEATED if many else FieldDescriptorProto.LABEL_OPTIONAL
    type_name = f".{_PACKAGE}.{of}" if of else None
    return FieldDescriptorProto(
        name=name, number=number, type=kind, label=label, type_name=type_name
    )


def _messages() -> Mapping[str, Any]:
    """The message classes; unknown fields of the real ones are kept aside by protobuf."""
    entry = DescriptorProto(
        name="AttributesEntry", field=[_field("key", 1, _TEXT), _field("value", 2, _TEXT)]
    )
    entry.options.map_entry = True
    attributes = "PubsubMessage.AttributesEntry"
    message = DescriptorProto(
        name="PubsubMessage",
        nested_type=[entry],
        field=[
            _field("data", 1, _BYTES),
            _field("attributes", 2, _MESSAGE, many=True, of=attributes),
        ],
    )
    publish = DescriptorProto(
        name="PublishRequest",
        field=[
            _field("topic", 1, _TEXT),
            _field("messages", 2, _MESSAGE, many=True, of="PubsubMessage"),
        ],
    )
    response = DescriptorProto(
        name="PublishResponse", field=[_field("message_ids", 1, _TEXT, many=True)]
    )
    pool = DescriptorPool()
    pool.Add(
        FileDescriptorProto(
            name="localcloud/pubsub.proto",
            package=_PACKAGE,
            syntax="proto3",
            message_type=[message, publish, response],
        )
    )
    names = ("PublishRequest", "PublishResponse")
    return {
        name: GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in names
    }


class Publisher:
    """Serves `Publish` on the loopback and hands on each finalize notification."""

    def __init__(self, on_finalize: Callable[[Mapping[str, Any]], None]) -> None:
        self._on_finalize = on_finalize
        self._server: grpc.aio.Server | None = None
        self._messages = _messages()
        self._published = 0

    async def start(self) -> str:
        """Start serving; answers the address, `host:port`."""
        self._server = grpc.aio.server()
        handler: grpc.RpcMethodHandler[Any, Any] = grpc.unary_unary_rpc_method_handler(
            self._publish,
            request_deserializer=self._messages["PublishRequest"].FromString,
            response_serializer=lambda reply: reply.SerializeToString(),
        )
        service = grpc.method_handlers_generic_handler(
            f"{_PACKAGE}.Publisher", {"Publish": handler}
        )
        self._server.add_generic_rpc_handlers((service,))
        port = self._server.add_insecure_port(f"{HOST}:0")
        await self._server.start()
        return f"{HOST}:{port}"

    async def stop(self) -> None:
        """Stop serving."""
        if self._server is not None:
            await self._server.stop(grace=None)

    async def _publish(self, request: Any, _context: object) -> Any:
        """Answer one id for each message: the storage server's client breaks on fewer."""
        reply = self._messages["PublishResponse"]()
        for message in request.messages:
            self._published += 1
            reply.message_ids.append(str(self._published))
            if message.attributes.get("eventType") == "OBJECT_FINALIZE":
                self._hand_on(message.data)
        return reply

    def _hand_on(self, data: bytes) -> None:
        try:
            resource = json.loads(data)
        except ValueError:
            log.warning("an event of the storage server is not JSON: %r", data[:200])
            return
        self._on_finalize(resource)
