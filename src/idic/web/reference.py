"""The reference of the API as its page draws it: operations by subject, with what each takes and
gives, read off the description; and the rights a key can carry, in words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from idic.core.access import RIGHTS
from idic.core.rest.schema import describe, list_operations, right_of

RIGHT_WORDS: dict[str, str | Promise] = {
    "customers.read": _("Read customers, possible doubles and the log"),
    "customers.edit": _("Write customers, join and part them, decide on doubles"),
    "customers.bulk": _("Accept many doubles at once"),
}


@dataclass(frozen=True)
class Value:
    """One value an operation takes."""

    name: str
    shape: str
    is_required: bool
    says: str
    place: str


@dataclass(frozen=True)
class Entry:
    """One operation."""

    id: str
    method: str
    path: str
    says: str
    right: str
    values: list[Value]
    gives: list[tuple[str, str, str]]
    status: str
    example: str


def list_rights() -> list[str]:
    """Give the rights some operation asks for, in the order of the table of rights."""
    asked = {right_of(operation) for _path, operation in list_operations()}
    return [right for right in RIGHTS if right in asked]


def build_reference() -> list[tuple[str, list[Entry]]]:
    """Give all operations by subject."""
    whole = describe()
    schemas: dict[str, Any] = whole["components"]["schemas"]
    groups: dict[str, list[Entry]] = {}
    for path, methods in whole["paths"].items():
        for method, operation in methods.items():
            entry = _entry(path, method, operation, schemas)
            groups.setdefault(operation["tags"][0], []).append(entry)
    return list(groups.items())


# What each code of a problem means and what to do, beside the words the answer itself carries.
PROBLEMS = (
    ("bad_request", 400, "The body is no JSON."),
    ("no_key", 401, "No key, an unknown one, or one that was revoked."),
    ("not_allowed", 403, "The key lacks the right, or who made it lost it."),
    ("not_found", 404, "There is no such customer, pair or act."),
    ("wrong_method", 405, "The address takes other methods: see Allow."),
    ("refused", 409, "It cannot be done as things are; “detail” says why. Nothing has changed."),
    ("too_large", 413, "A body holds at most 2 MB."),
    ("wrong_values", 422, "“errors” names each field and what is wrong with it."),
    ("too_many", 429, "Wait as many seconds as Retry-After says."),
    ("failed", 500, "Our fault; it stands in the log. Nothing has changed."),
)


def _entry(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Entry:
    status = next(code for code in operation["responses"] if code != "default")
    body = _body_of(operation, schemas)
    values = [
        Value(
            one["name"],
            _shape(one["schema"]),
            one["required"],
            _plain(one.get("description", "")),
            one["in"],
        )
        for one in operation["parameters"]
    ]
    values += [Value(*row, "body") for row in _fields(body)]
    answer = operation["responses"][status].get("content", {}).get("application/json", {})
    gives = _resolve(answer.get("schema", {}), schemas)
    return Entry(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        says=" ".join(operation.get("description", "").split()),
        right=operation["x-right"],
        values=values,
        gives=[(name, shape, says) for name, shape, _is, says in _fields(gives)],
        status=status,
        example=_example(method, path, body, schemas),
    )


def _body_of(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return _resolve(content.get("schema", {}), schemas)


def _resolve(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schemas[name] if name else schema
    return found


def _fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, bool, str]]:
    required = set(schema.get("required", ()))
    for name, one in schema.get("properties", {}).items():
        yield name, _shape(one), name in required, _plain(one.get("description", ""))


def _plain(text: str) -> str:
    """Take the marks of code off: the page sets none inside a sentence."""
    return text.replace("`", "")


def _shape(schema: Mapping[str, Any]) -> str:
    """Say what a value is, in a few words of the description's own language."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_shape(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"“{one}”" for one in schema["enum"])
    kind = str(schema.get("type", "value"))
    if kind == "array":
        return f"[{_shape(schema.get('items', {}))}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{…: {_shape(schema['additionalProperties'])}}}"
    return str(schema.get("format") or schema.get("pattern") or kind)


_EXAMPLES: dict[str, Any] = {
    "customers": ["cus_…", "cus_…"],
    "records": ["…", "…"],
    "kind": "cannot",
    "verdict": "same",
    "full_name": "Lan Nguyễn",
    "phone": "0901 234 567",
    "threshold": 0.95,
    "verdicts": {"…": "same"},
}


def _example(method: str, path: str, body: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Write the call as a line of the shell; KEY and ADDRESS are filled in by who reads."""
    for name in ("customer", "pair", "entry", "act"):
        path = path.replace(f"{{{name}}}", "cus_…" if name == "customer" else "…")
    parts = ["curl"]
    if method != "get":
        parts.append(f"-X {method.upper()}")
    parts.append('-H "Authorization: Bearer $KEY"')
    if body:
        told = {name: _EXAMPLES[name] for name in body.get("properties", {}) if name in _EXAMPLES}
        content = json.dumps(told, ensure_ascii=False)
        parts.append(f"-H 'Content-Type: application/json' -d '{content}'")
    return " \\\n  ".join([*parts, f'"$ADDRESS{path}"'])
