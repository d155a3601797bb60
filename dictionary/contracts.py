"""Data contracts: what a source promises of a feed, in the Open Data Contract Standard 3.1, from its specification.

A contract is one YAML file. It holds no figure and no address of the gateway.
"""

from typing import Any

from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    Description,
    OpenDataContractStandard,
    Role,
    SchemaObject,
    SchemaProperty,
    ServiceLevelAgreementProperty,
    Team,
    TeamMember,
)

from connectors.column_specification import Column
from connectors.specification import Feed, Source
from dictionary.descriptions import of_column
from dictionary.rules import rules_of
from expectations.rules import Rule
from hub.texts import shown
from warehouse import roles
from warehouse.quality_dimensions import dimension_of
from warehouse.schema.base import TIMEZONE

VERSION = "v3.1.0"
_LOGICAL = {"text": "string", "datetime": "timestamp", "month": "date"}
_PHYSICAL = {
    "text": "text",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "month": "date",
    "datetime": "timestamptz",
}
_PERSONAL = {"drop": "dropped in memory before anything is written", "hmac": "kept as a keyed hash (HMAC) only"}


def contract(source: Source, name: str) -> OpenDataContractStandard:
    """The contract of a feed."""
    feed = source.feeds[name]
    return OpenDataContractStandard(
        apiVersion=VERSION,
        kind="DataContract",
        id=f"{source.name}.{name}",
        name=shown(feed.title),
        version=feed.sha256[:12],
        status="active",
        domain=source.field,
        dataProduct=source.name,
        description=Description(
            purpose=f"Records of the feed {source.name}.{name}, which fill warehouse.{feed.fact}",
            usage=_usage(feed),
            limitations="Personal fields are dropped or hashed in memory; refused records are kept apart",
        ),
        schema=[_schema(source, name)],
        team=Team(members=[TeamMember(username=shown(source.owner), role="owner")]),
        roles=[
            Role(role=roles.LOADER, access="write", description="Loads and judges the records"),
            Role(role=roles.SCREENS, access="read", description="Reads within the rights of an account, row by row"),
        ],
        slaProperties=[
            ServiceLevelAgreementProperty(
                id="cadence",
                property="frequency",
                value=source.cadence,
                scheduler="cron",
                schedule=source.cadence,
                description=f"When it is asked for, as cron in {TIMEZONE}",
                driver="operational",
            ),
            ServiceLevelAgreementProperty(
                id="lateness",
                property="latency",
                value=source.lateness.total_seconds() / 3600,
                unit="h",
                description="How long after its interval a delivery may come before it is late",
                driver="operational",
            ),
        ],
    )


def yaml_of(source: Source, name: str) -> str:
    """The contract of a feed as its file says it."""
    return contract(source, name).to_yaml()


def _usage(feed: Feed) -> str:
    if feed.paging.calls:
        return f"{feed.request.method} {feed.request.path}, asked for by {feed.slice}"
    return "Files that are left in the inbox" if feed.paging.style == "inbox" else "The hub's own data"


def _schema(source: Source, name: str) -> SchemaObject:
    feed = source.feeds[name]
    rules = rules_of(source, name)
    columns = set(feed.columns)
    keys = {key: place for place, key in enumerate(feed.keys, 1)}
    properties = [
        _property(feed, name, column, keys, [rule for rule in rules if _column(rule) == name])
        for name, column in feed.columns.items()
    ]
    return SchemaObject(
        name=name,
        physicalName=f"{source.name}.{name}",
        physicalType=feed.format,
        businessName=shown(feed.title),
        logicalType="object",
        dataGranularityDescription=f"One record a key ({', '.join(feed.keys)}) and {feed.slice}",
        properties=properties,
        quality=[_quality(rule) for rule in rules if _column(rule) not in columns],
    )


def _property(feed: Feed, name: str, column: Column, keys: dict[str, int], rules: list[Rule]) -> SchemaProperty:
    said = of_column(feed, name)
    return SchemaProperty(
        name=name,
        physicalName=shown(column.wire or column.page or name),
        businessName=shown(said.vi),
        description=shown(said.en),
        logicalType=_LOGICAL.get(column.type, column.type),
        physicalType=_PHYSICAL[column.type],
        required=column.required,
        primaryKey=name in keys,
        primaryKeyPosition=keys.get(name, -1),
        classification="personal" if column.personal else "internal",
        quality=[_quality(rule) for rule in rules] or None,
        customProperties=_custom(column) or None,
    )


def _custom(column: Column) -> list[CustomProperty]:
    said: dict[str, Any] = {
        "personalData": column.personal and _PERSONAL[column.personal],
        "unit": column.unit and shown(column.unit),
        "codes": {shown(wire): code for wire, code in column.codes.items()} or None,
        "referenceData": column.known,
        "source": "page" if column.page and not column.wire else None,
    }
    return [CustomProperty(property=name, value=value) for name, value in said.items() if value is not None]


def _column(rule: Rule) -> str | None:
    """The column of the feed that a rule is about; None where it is about records, or the batch, as a whole."""
    column = rule.options.get("column")
    return column if rule.rule_id.startswith(f"{column}:") and rule.scope == "row" else None


def _quality(rule: Rule) -> DataQuality:
    dimension = dimension_of(rule.rule_id)
    return DataQuality(
        name=rule.rule_id,
        description=shown(rule.description.en),
        type="custom",
        engine="great-expectations",
        implementation={"type": rule.expectation, "kwargs": rule.options},
        dimension="conformity" if dimension == "validity" else dimension,  # as the standard calls it
        severity=rule.severity,
    )
