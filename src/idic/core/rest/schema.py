"""The API described by itself: OpenAPI 3.1, the right of each operation, what errors look like."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from .doors import Door
from .mount import API_PATH, api

_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "Why a call was not answered (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "A stable word for programs."},
        "detail": {"type": "string", "description": "What happened and what to do, for people."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
                "required": ["field", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail"],
}


def list_operations() -> Iterator[tuple[str, Operation]]:
    """Give every operation with its address."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                yield f"/{API_PATH}{path.lstrip('/')}", operation


def right_of(operation: Operation) -> str:
    """Give the right an operation needs; empty: nobody asks for one."""
    doors = [door for door in operation.auth_callbacks if isinstance(door, Door)]
    return doors[0].right if len(doors) == 1 == len(operation.auth_callbacks) else ""


@lru_cache(maxsize=1)
def describe() -> dict[str, Any]:
    """Give the description of all operations."""
    described: OpenAPISchema = api.get_openapi_schema(path_prefix=API_PATH)
    whole: dict[str, Any] = json.loads(json.dumps(described, default=str))
    whole["components"]["schemas"]["Problem"] = _PROBLEM
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    rights = {api.get_openapi_operation_id(one): right_of(one) for _path, one in list_operations()}
    for methods in whole["paths"].values():
        for operation in methods.values():
            operation["x-right"] = rights[operation["operationId"]]
            operation["responses"]["default"] = {"description": "A problem", "content": problem}
    return whole
