"""The description of the local API (OpenAPI 3.1), served as JSON by the node itself: `/schema/openapi.json`, no page.

The framework knows routes, parameters and answers. What it cannot know is put in here: bodies, which handlers read
themselves; one entry for every act of orders and of each kind of case, with what that act takes; the one form of every
refusal; and which doors are open. All of it from the same tables the handlers use, so it cannot say anything else.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from edge.web import inputs
from edge.web.authority import Asked, Decision, Proposal
from edge.web.bundles import Errand
from edge.web.terminals import Question
from fleet.ledger.blobs import TYPES
from fleet.ledger.kinds import MAKES_ORDER
from fleet.rules.case import Deed
from fleet.rules.cases import CASES
from fleet.rules.order import Act
from fleet.rules.particulars import Particular, told_of
from fleet.rules.roles import MAY, PIN_EACH_TIME

Json = dict[str, Any]
OPEN = frozenset({"/api/people", "/api/health", "/api/session", "/api/bundles/export", "/api/bundles/import"})
ORDER_ACT, CASE_ACT = "/api/orders/{order_id}/acts/{act}", "/api/cases/{kind}/{case_id}/acts/{act}"
CASE_LIST = "/api/cases/{kind}"
FILE = ("application/octet-stream",)
BODIES: dict[tuple[str, str], Any] = {
    ("/api/session", "post"): inputs.SignIn,
    ("/api/orders", "post"): inputs.Application,
    ("/api/vehicles", "post"): inputs.NewVehicle,
    ("/api/blobs", "post"): tuple(sorted(TYPES.values())),
    ("/api/authority/grants", "post"): Proposal,
    ("/api/authority/grants/{grant}/approve", "post"): Decision,
    ("/api/authority/grants/{grant}/reject", "post"): Decision,
    ("/api/authority/requests", "post"): Asked,
    ("/api/authority/files", "post"): Asked,
    ("/api/bundles/export", "post"): Errand,
    ("/api/bundles/import", "post"): Errand,
    ("/api/imports/{kind}", "post"): FILE,
    ("/api/settlements/{case_id}/ledger", "post"): FILE,
    ("/api/imports/{kind}/confirm", "post"): FILE,
    ("/api/imports/approve/{batch}", "post"): inputs.Pin,
    ("/api/terminals/{terminal}/send", "post"): Question,
    ("/api/terminals/{terminal}/call", "post"): None,
    ("/api/receipts/match", "post"): None,
    ("/api/sync/try", "post"): None,
}
"""What a handler reads from the body; None is an empty object, a tuple the media types of a file."""
REFUSAL: Json = {
    "type": "object",
    "required": ["code", "what", "why", "next", "article", "facts"],
    "description": "A stable code, words in the caller's language (Accept-Language), the article it rests on.",
    "properties": {
        "code": {"type": "string"},
        "what": {"type": "string"},
        "why": {"type": "string"},
        "next": {"type": "string"},
        "article": {"type": "string"},
        "facts": {"type": "object", "additionalProperties": True},
    },
}
_TYPES: dict[str, Json] = {
    "text": {"type": "string", "minLength": 1},
    "whole": {"type": "integer"},
    "time": {"type": "integer", "description": "UTC milliseconds"},
    "tick": {"const": True},
    "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "blob": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "A file put at /api/blobs before."},
    "blobs": {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
    "list": {"type": "array", "items": {"type": "string"}},
    "fields": {"type": "object", "additionalProperties": {"type": "string"}},
}


class Described(JsonRenderPlugin):
    """Renders the framework's schema with what it cannot know."""

    def __init__(self) -> None:
        super().__init__()
        self._made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: Json) -> bytes:
        """The document, made once."""
        if self._made is None:
            self._made = msgspec.json.encode(described(openapi_schema))
        return self._made


def config(version: str) -> OpenAPIConfig:
    """What the application is told: the JSON document, and nothing that would load from elsewhere."""
    return OpenAPIConfig(
        title="ortoo node", version=version, path="/schema", render_plugins=[Described()], use_handler_docstrings=True
    )


def described(schema: Json) -> Json:
    """The whole document, from the framework's."""
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {})["Refusal"] = REFUSAL
    components["securitySchemes"] = {"session": {"type": "http", "scheme": "bearer"}}
    paths: Json = {}
    for path, methods in schema["paths"].items():
        if path.startswith("/api"):
            for method, operation in methods.items():
                for each, filled in _filled(path, method, operation, components["schemas"]).items():
                    paths.setdefault(each, {})[method] = filled
    return {name: value for name, value in schema.items() if name != "servers"} | {"paths": paths}


def _filled(path: str, method: str, operation: Json, schemas: Json) -> dict[str, Json]:
    """An operation by the paths it is listed under: one for each act where the path ends in one."""
    answers = {status: said for status, said in operation["responses"].items() if status.startswith("2")}
    whole = operation | {"responses": answers | {"default": _content("Refusal", "A refusal.")}}
    if path not in OPEN:
        whole["security"] = [{"session": []}]
    if path == ORDER_ACT:
        return {path.replace("{act}", act): _act(whole, act, act, _order_takes(act, schemas), MAY[act]) for act in Act}
    if path == CASE_ACT:
        return {
            path.replace("{kind}", kind.name).replace("{act}", name): _act(
                whole, f"{kind.name}.{name}", name, _takes(f"{kind.name}.{name}", deed, schemas), deed.roles, "kind"
            )
            for kind in CASES.values()
            for name, deed in kind.acts.items()
            if deed.roles
        }
    if path == CASE_LIST and method == "post":
        opening = {"type": "object", "properties": {"act": {"type": "string"}}, "additionalProperties": True}
        return {path: whole | {"requestBody": _body(opening)}}
    if method == "post":
        shape = BODIES[path, method]
        nothing = {"type": "object", "maxProperties": 0}
        if isinstance(shape, tuple):
            whole["requestBody"] = {"required": True, "content": {media_type: {} for media_type in shape}}
        else:
            whole["requestBody"] = _body(_shape(shape, schemas) if shape else nothing)
    return {path: whole}


def _act(operation: Json, name: str, act: str, body: Json, roles: frozenset[Any], *gone: str) -> Json:
    parameters = [each for each in operation.get("parameters", []) if each["name"] not in {"act", *gone}]
    return operation | {
        "operationId": f"act.{name}",
        "summary": act,
        "x-roles": sorted(map(str, roles)),
        "parameters": parameters,
        "requestBody": _body(body),
    }


def _shape(shape: Any, schemas: Json) -> Json:
    """A struct of ours as JSON Schema; what it refers to goes among the components."""
    (schema,), components = msgspec.json.schema_components([shape], ref_template="#/components/schemas/{name}")
    for name, component in components.items():
        schemas.setdefault(name, component)
    return schema


def _order_takes(act: Act, schemas: Json) -> Json:
    shape = _shape(inputs.ACT_INPUTS[act], schemas)
    return {"allOf": [shape, {"required": ["pin"]}]} if act in PIN_EACH_TIME else shape


def _takes(kind: str, deed: Deed, schemas: Json) -> Json:
    """What an act on a case takes, from its own table; one that makes an order takes the order's form as well."""
    properties = {name: _particular(one) for name, one in deed.takes.items()}
    if kind in MAKES_ORDER:
        properties["form"] = _shape(inputs.Application, schemas)
    if deed.covers:
        properties[deed.covers] |= {"description": "What was read; left out, the record as it stands."}
    filled = {told for name, one in deed.takes.items() if one.type == "blob" for told in told_of(name)}
    required = [name for name, one in deed.takes.items() if one.required and name not in {deed.covers, *filled}]
    if deed.pin:
        properties["pin"], required = {"type": "string"}, [*required, "pin"]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _particular(one: Particular) -> Json:
    if one.type == "choice":
        return {"enum": list(one.choices)}
    bounds = {"text": {"maxLength": one.most}, "whole": {"minimum": one.least, "maximum": one.most}}
    return _TYPES[one.type] | bounds.get(one.type, {})


def _body(schema: Json) -> Json:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _content(component: str, description: str) -> Json:
    reference = {"$ref": f"#/components/schemas/{component}"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}
