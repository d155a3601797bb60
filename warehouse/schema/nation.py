"""Figures of whole provinces as the provinces' own hubs gave them: what a national hub holds, and no record."""

from sqlalchemy import Column, Date, ForeignKey, Integer, Numeric, Table, Text, func

from warehouse.schema.base import code, instant, metadata

province = Table(
    "province",
    metadata,
    code("province_code", "Organisation code of the province, for example H37", primary_key=True),
    Column("name", Text, comment="Name in Vietnamese, as its hub says; null until it was read"),
    Column("address", Text, nullable=False, comment="Login, host, port and database of its hub, without the password"),
    instant("added_at", "When it was added", nullable=False, server_default=func.now()),
    instant("read_at", "When its figures were last read"),
    instant("failed_at", "When reading last failed; null when the last reading did not"),
    Column("failure_vi", Text, comment="Why, in Vietnamese"),
    Column("failure_en", Text, comment="The same in English"),
    schema="nation",
    comment="Provinces whose hubs are read",
)

observation = Table(
    "observation",
    metadata,
    Column("province_code", Text, ForeignKey("nation.province.province_code"), primary_key=True, comment="Province"),
    Column("kpi_id", Text, primary_key=True, comment="KPI"),
    Column("first_day", Date, primary_key=True, comment="First day of the period"),
    Column("last_day", Date, primary_key=True, comment="Last day of the period, inclusive"),
    Column("revision", Integer, primary_key=True, comment="Of the province's hub, from 1"),
    Column("value", Numeric, comment="Value in the KPI's unit; null when status is missing"),
    Column("numerator", Numeric, comment="Numerator, where the KPI is a ratio"),
    Column("denominator", Numeric, comment="Denominator, where the KPI is a ratio"),
    Column("status", Text, nullable=False, comment="provisional, official or missing"),
    Column("reason_vi", Text, comment="Why it is missing, in Vietnamese"),
    Column("reason_en", Text, comment="The same in English"),
    Column("data_as_of", Date, comment="Last day of the period that all feeding data cover"),
    Column("definition_version", Integer, nullable=False, comment="Version of the province's definition"),
    Column("definition_sha256", Text, comment="Hash of that definition; figures with the same can be compared"),
    instant("recorded_at", "Since when it was the province's word", nullable=False),
    instant("read_at", "When it was read first", nullable=False, server_default=func.now()),
    instant("withdrawn_at", "Since when the province's hub does not give it any more; null = it does"),
    schema="nation",
    comment="Every revision of every figure of a whole province that its hub gave",
)
