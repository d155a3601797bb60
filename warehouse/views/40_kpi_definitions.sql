create view serving.kpi_definitions as
select
    d.kpi_id as kpi,
    d.version,
    d.version = max(d.version) over (partition by d.kpi_id) as is_latest,
    d.body -> 'name' ->> 'vi' as name_vi,
    d.body -> 'name' ->> 'en' as name_en,
    d.body ->> 'unit' as unit,
    d.body ->> 'kind' as kind,
    d.body ->> 'good' as good,
    d.body ->> 'owner' as owner,
    (d.body ->> 'government')::boolean as is_for_government,
    d.body -> 'basis' ->> 'vi' as basis_vi,
    d.body -> 'basis' ->> 'en' as basis_en,
    d.body -> 'sources' as sources,
    d.body -> 'breakdowns' as breakdowns,
    d.body,
    d.valid_from,
    lead(d.valid_from) over (partition by d.kpi_id order by d.version) as valid_to,
    d.sha256,
    d.recorded_at
from kpi.definition as d;

comment on view serving.kpi_definitions is 'Every version of every KPI definition that this hub has used';
comment on column serving.kpi_definitions.kpi is 'KPI';
comment on column serving.kpi_definitions.version is 'Version of the definition';
comment on column serving.kpi_definitions.is_latest is 'Whether it is the newest version';
comment on column serving.kpi_definitions.name_vi is 'Name in Vietnamese';
comment on column serving.kpi_definitions.name_en is 'Name in English';
comment on column serving.kpi_definitions.unit is 'Unit of the value';
comment on column serving.kpi_definitions.kind is 'flow, distinct, stock or cumulative';
comment on column serving.kpi_definitions.good is 'Which way is good: up, down or none';
comment on column serving.kpi_definitions.owner is 'Who answers for the definition';
comment on column serving.kpi_definitions.is_for_government is 'Sent to the Government';
comment on column serving.kpi_definitions.basis_vi is 'Where the rule comes from, in Vietnamese';
comment on column serving.kpi_definitions.basis_en is 'Where the rule comes from, in English';
comment on column serving.kpi_definitions.sources is 'Feeds that it depends on';
comment on column serving.kpi_definitions.breakdowns is 'Breakdowns that can be asked';
comment on column serving.kpi_definitions.body is 'The whole definition, SQL of numerator and denominator included';
comment on column serving.kpi_definitions.valid_from is 'It governs periods that end on or after this day, until the next version does';
comment on column serving.kpi_definitions.valid_to is 'First day that the next version governs; null = it still does';
comment on column serving.kpi_definitions.sha256 is 'Hash of the definition';
comment on column serving.kpi_definitions.recorded_at is 'First seen by this hub';
