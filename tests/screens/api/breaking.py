"""What a change of the interface takes away from clients that were written to it, in words."""

from collections.abc import Iterator
from typing import Any

Api = dict[str, Any]


def breaking(before: Api, after: Api) -> list[str]:
    """Every change that breaks a client; empty where all old requests work and all old answers' members are there."""
    return [*_routes(before, after), *_models(before, after)]


def _routes(before: Api, after: Api) -> Iterator[str]:
    for path, methods in before["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            now = after["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{name} is gone"
                continue
            yield from _parameters(name, _by_name(operation), _by_name(now))
            for status in operation["responses"]:
                if status.startswith("2") and status not in now["responses"]:
                    yield f"{name}: answer {status} is gone"


def _by_name(operation: Api) -> dict[str, Any]:
    return {parameter["name"]: parameter for parameter in operation.get("parameters", [])}


def _parameters(name: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for parameter, old in before.items():
        if parameter not in now:
            yield f"{name}: parameter {parameter} is gone"
            continue
        if now[parameter].get("required") and not old.get("required"):
            yield f"{name}: parameter {parameter} is required now"
        lost = _choices(old.get("schema")) - _choices(now[parameter].get("schema"))
        if lost and _choices(now[parameter].get("schema")):
            yield f"{name}: parameter {parameter} no longer takes {', '.join(sorted(lost))}"
    for parameter, said in now.items():
        if parameter not in before and said.get("required"):
            yield f"{name}: parameter {parameter} is required and new"


def _models(before: Api, after: Api) -> Iterator[str]:
    for model, schema in before["components"]["schemas"].items():
        now = after["components"]["schemas"].get(model)
        if now is None:
            yield f"{model} is gone"
            continue
        for member, said in schema.get("properties", {}).items():
            own = now.get("properties", {}).get(member)
            if own is None:
                yield f"{model}.{member} is gone"
                continue
            more = _choices(own) - _choices(said)
            if _choices(said) and more:
                yield f"{model}.{member} may be {', '.join(sorted(more))}, too"
            elif _types(own) - _types(said):
                yield f"{model}.{member} has another type"


def _choices(schema: Any) -> set[str]:
    """The listed values of a schema, of alternatives too."""
    found = set(map(str, (schema or {}).get("enum", [])))
    return found.union(*(_choices(one) for one in (schema or {}).get("anyOf", [])))


def _types(schema: Any) -> set[str]:
    """What a value can be; members of models are looked at by themselves."""
    alternatives = schema.get("anyOf", [schema])
    return {str(one.get("type", one.get("$ref", "any"))) for one in alternatives}
