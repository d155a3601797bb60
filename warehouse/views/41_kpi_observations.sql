create view serving.kpi_observations as
select
    o.province_id,
    o.kpi_id as kpi,
    o.first_day,
    o.last_day,
    a.code as area,
    o.area_id,
    o.breakdown,
    o.revision,
    o.value,
    o.numerator,
    o.denominator,
    o.status,
    o.reason_vi,
    o.reason_en,
    o.data_as_of,
    o.definition_version,
    o.cause,
    o.cause_batch_id,
    o.recorded_at,
    lead(o.recorded_at) over revisions as superseded_at,
    lead(o.revision) over revisions is null as is_latest
from kpi.observation as o
left join warehouse.dim_area as a on a.area_id = o.area_id
window revisions as (
    partition by o.province_id, o.kpi_id, o.first_day, o.last_day, o.area_id, o.breakdown
    order by o.revision
);

comment on view serving.kpi_observations is 'KPI values of months, quarters, halves, years and years to a month''s end as they were said, every revision: of the whole province, each area and each breakdown value';
comment on column serving.kpi_observations.province_id is 'Province, see serving.provinces';
comment on column serving.kpi_observations.kpi is 'KPI';
comment on column serving.kpi_observations.first_day is 'First day of the period';
comment on column serving.kpi_observations.last_day is 'Last day of the period, inclusive';
comment on column serving.kpi_observations.area is 'Code of the area';
comment on column serving.kpi_observations.area_id is 'Area, see serving.areas';
comment on column serving.kpi_observations.breakdown is 'Slice such as channel=online;level=4, empty for the whole';
comment on column serving.kpi_observations.revision is 'From 1; a changed value is a new revision';
comment on column serving.kpi_observations.value is 'Value in the KPI''s unit; null when status is missing';
comment on column serving.kpi_observations.numerator is 'Numerator';
comment on column serving.kpi_observations.denominator is 'Denominator, where the KPI is a ratio';
comment on column serving.kpi_observations.status is 'provisional, official or missing';
comment on column serving.kpi_observations.reason_vi is 'Why it is missing, in Vietnamese; null for a value and for a slice that vanished';
comment on column serving.kpi_observations.reason_en is 'The same in English';
comment on column serving.kpi_observations.data_as_of is 'Last day of the period that all feeding data cover';
comment on column serving.kpi_observations.definition_version is 'Version of the definition that was used';
comment on column serving.kpi_observations.cause is 'Why it was said: first, data (records changed), time (it became final), definition or recompute';
comment on column serving.kpi_observations.cause_batch_id is 'Newest of the batches, then new, whose days meet the period, see serving.batches; null = no batch is behind it';
comment on column serving.kpi_observations.recorded_at is 'Since when this was the hub''s word';
comment on column serving.kpi_observations.superseded_at is 'When the next revision took its place; null = it still holds';
comment on column serving.kpi_observations.is_latest is 'Whether it still holds';
