"""A Terraform provider that knows a schema and no cloud: plugin protocol 6 over gRPC.

Terraform itself then checks names, types, required arguments and the number of blocks, and plans.
It is told of this provider by `TF_REATTACH_PROVIDERS`, so that `init` downloads nothing. What a
provider checks by itself, above all which values are allowed, stays unchecked, except that an
attribute which only the service may set is refused. What is applied is remembered by Terraform in
its state and made nowhere.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import msgpack

Block = Mapping[str, Any]
"""A block of the schema: `attributes` and `block_types`, as `schema.py` writes them."""

ADDRESS = "registry.terraform.io/hashicorp/google"
"""What Terraform calls `hashicorp/google` in full."""

_PROTO = "tests/contract/infra/provider.proto"
_NESTING = {"single": 1, "list": 2, "set": 3}
_UNKNOWN = msgpack.ExtType(0, b"\0")
_ERROR = 1
_STAND_INS = {"string": "stand-in", "number": 1, "bool": False}


@contextmanager
def running(schema: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Serve a schema at a socket in `folder`; gives the value of `TF_REATTACH_PROVIDERS`."""
    socket = folder / "provider.sock"
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((Provider(schema).handlers(),))
    server.add_insecure_port(f"unix://{socket}")
    server.start()
    place = {"Network": "unix", "String": str(socket)}
    provider = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True}
    try:
        yield json.dumps({ADDRESS: provider | {"Addr": place}})
    finally:
        server.stop(grace=None).wait()


class Provider:
    """The answers; `messages` are made from `provider.proto` when the process starts."""

    messages: Any = grpc.protos(_PROTO)

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._resources: Mapping[str, Block] = schema["resource_schemas"]
        self._data: Mapping[str, Block] = schema["data_source_schemas"]
        self._provider: Block = schema["provider"]

    def handlers(self) -> grpc.GenericRpcHandler:
        """Return the service."""
        m = self.messages
        methods = {
            "GetProviderSchema": self._method(m.GetProviderSchema, self._schema),
            "ValidateProviderConfig": self._method(m.ValidateProviderConfig),
            "ValidateResourceConfig": self._method(m.ValidateResourceConfig, self._validate),
            "ValidateDataResourceConfig": self._method(m.ValidateResourceConfig),
            "ConfigureProvider": self._method(m.ConfigureProvider),
            "UpgradeResourceState": self._method(m.UpgradeResourceState, self._upgrade),
            "ReadResource": self._method(m.ReadResource, self._read),
            "PlanResourceChange": self._method(m.PlanResourceChange, self._plan),
            "ApplyResourceChange": self._method(m.ApplyResourceChange, self._apply),
            "ReadDataSource": self._method(m.ReadDataSource, self._read_data),
            "StopProvider": self._method(m.StopProvider),
            "GetFunctions": self._method(m.Functions),
        }
        return grpc.method_handlers_generic_handler("tfplugin6.Provider", methods)

    def _method(
        self, kind: Any, answer: Callable[[Any], dict[str, Any]] = lambda _: {}
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        return grpc.unary_unary_rpc_method_handler(
            lambda request, _: kind.Response(**answer(request)),
            request_deserializer=kind.Request.FromString,
            response_serializer=kind.Response.SerializeToString,
        )

    def _schema(self, _: Any) -> dict[str, Any]:
        schema = self.messages.Schema
        return {
            "provider": schema(block=self._block(self._provider)),
            "resource_schemas": {
                name: schema(block=self._block(block)) for name, block in self._resources.items()
            },
            "data_source_schemas": {
                name: schema(block=self._block(block)) for name, block in self._data.items()
            },
            "server_capabilities": self.messages.ServerCapabilities(
                get_provider_schema_optional=True
            ),
        }

    def _validate(self, request: Any) -> dict[str, Any]:
        block = self._resources[request.type_name]
        problems = [
            self.messages.Diagnostic(
                severity=_ERROR,
                summary="Value for unconfigurable attribute",
                detail=f"{request.type_name}.{path} is set by the service.",
            )
            for path in _set_by_service(block, _decode(request.config))
        ]
        return {"diagnostics": problems}

    def _upgrade(self, request: Any) -> dict[str, Any]:
        return {"upgraded_state": self.messages.DynamicValue(json=request.raw_state.json)}

    def _read(self, request: Any) -> dict[str, Any]:
        return {"new_state": request.current_state}

    def _plan(self, request: Any) -> dict[str, Any]:
        proposed = _decode(request.proposed_new_state)
        if _decode(request.prior_state) is None:
            proposed = _planned(self._resources[request.type_name], proposed)
        return {"planned_state": self._encode(proposed)}

    def _apply(self, request: Any) -> dict[str, Any]:
        made = _made(self._resources[request.type_name], _decode(request.planned_state))
        return {"new_state": self._encode(made)}

    def _read_data(self, request: Any) -> dict[str, Any]:
        """Make the values up, so that plans can be read."""
        values = dict(_decode(request.config))
        for name, attribute in self._data[request.type_name]["attributes"].items():
            if values.get(name) is None and isinstance(attribute["type"], str):
                values[name] = _STAND_INS.get(attribute["type"])
        return {"state": self._encode(values)}

    def _encode(self, value: Any) -> Any:
        return self.messages.DynamicValue(msgpack=msgpack.packb(value))

    def _block(self, block: Block, *, in_set: bool = False) -> Any:
        m = self.messages.Schema
        attributes = [
            m.Attribute(name=name, type=_type(attribute["type"], in_set), **_flags(attribute))
            for name, attribute in block["attributes"].items()
        ]
        blocks = [
            m.NestedBlock(
                type_name=name,
                nesting=_NESTING[nested["nesting_mode"]],
                block=self._block(
                    nested["block"], in_set=in_set or nested["nesting_mode"] == "set"
                ),
                min_items=nested.get("min_items", 0),
                max_items=nested.get("max_items", 0),
            )
            for name, nested in block["block_types"].items()
        ]
        return m.Block(attributes=attributes, block_types=blocks)


def _flags(attribute: Mapping[str, Any]) -> dict[str, bool]:
    return {name: True for name in ("required", "optional", "computed") if attribute.get(name)}


def _type(kind: Any, in_set: bool) -> bytes:
    """Encode a type; Terraform allows no dynamic ones inside sets."""
    text = json.dumps(kind)
    return (text.replace('"dynamic"', '"string"') if in_set else text).encode()


def _decode(value: Any) -> Any:
    return msgpack.unpackb(value.msgpack, strict_map_key=False)


def _nested_values(value: Mapping[str, Any], name: str) -> list[Any]:
    nested = value.get(name)
    return nested if isinstance(nested, list) else [nested]


def _planned(block: Block, value: Any) -> Any:
    """Return a configuration with everything unknown that the service will fill in."""
    if not isinstance(value, dict):
        return value
    planned = dict(value)
    for name, attribute in block["attributes"].items():
        if attribute.get("computed") and planned.get(name) is None:
            planned[name] = _UNKNOWN
    for name, nested in block["block_types"].items():
        inner = planned.get(name)
        if isinstance(inner, list):
            planned[name] = [_planned(nested["block"], item) for item in inner]
        else:
            planned[name] = _planned(nested["block"], inner)
    return planned


def _made(block: Block, value: Any) -> Any:
    """Return a planned value with what the service would have filled in made up."""
    if not isinstance(value, dict):
        return value
    made = dict(value)
    for name, attribute in block["attributes"].items():
        made[name] = _known(made.get(name), attribute["type"])
    for name, nested in block["block_types"].items():
        inner = made.get(name)
        if isinstance(inner, list):
            made[name] = [_made(nested["block"], item) for item in inner]
        else:
            made[name] = _made(nested["block"], inner)
    return made


def _known(value: Any, kind: Any) -> Any:
    if isinstance(value, list):
        return [_known(item, kind[1]) for item in value]
    if not isinstance(value, msgpack.ExtType):
        return value
    if isinstance(kind, list):
        return {} if kind[0] == "map" else []
    return _STAND_INS.get(kind)


def _set_by_service(block: Block, value: Any, path: str = "") -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name, attribute in block["attributes"].items():
        settable = attribute.get("optional") or attribute.get("required")
        if not settable and value.get(name) is not None:
            yield path + name
    for name, nested in block["block_types"].items():
        for inner in _nested_values(value, name):
            yield from _set_by_service(nested["block"], inner, f"{path}{name}.")
