-- A batch is behind an observation when it is of a feed that the definition names, was published before the value was
-- said, and its interval meets the period; for a stock also when it is the newest one before the period's end, whose
-- state then still holds. Which rows of the batch count is for `ioc kpi explain` to say, from the definition's SQL.
create view serving.kpi_explanations as
select
    o.province_id,
    o.kpi_id as kpi,
    d.body -> 'name' ->> 'vi' as name_vi,
    d.body -> 'name' ->> 'en' as name_en,
    d.body ->> 'unit' as unit,
    d.body ->> 'owner' as owner,
    d.body -> 'basis' ->> 'vi' as basis_vi,
    d.body -> 'basis' ->> 'en' as basis_en,
    o.definition_version,
    d.body ->> 'reads' as reads,
    d.body ->> 'where' as where_sql,
    d.body ->> 'numerator' as numerator_sql,
    d.body ->> 'denominator' as denominator_sql,
    o.first_day,
    o.last_day,
    o.area_id,
    o.breakdown,
    o.revision,
    o.value,
    o.numerator,
    o.denominator,
    o.status,
    o.cause,
    o.cause_batch_id,
    o.recorded_at,
    b.batch_id,
    b.source,
    b.feed,
    b.first_day as batch_first_day,
    b.last_day as batch_last_day,
    b.finished_at as loaded_at,
    b.fetched,
    b.loaded,
    b.unchanged,
    b.superseded,
    b.quarantined,
    v.passed,
    v.executed_rules,
    (select count(*) from quality.rule_result as r where r.batch_id = b.batch_id and not r.passed) as broken_rules,
    (select count(*) from landing.page as p where p.batch_id = b.batch_id) as pages
from kpi.observation as o
join kpi.definition as d on d.kpi_id = o.kpi_id and d.version = o.definition_version
cross join lateral jsonb_array_elements_text(d.body -> 'sources') as s (name)
left join ledger.batch as b on b.province_id = o.province_id
    and b.source = split_part(s.name, '.', 1) and b.feed = split_part(s.name, '.', 2)
    and b.status = 'published' and b.finished_at <= o.recorded_at and b.first_day <= o.last_day
    and (
        b.last_day >= o.first_day
        or d.body ->> 'kind' in ('stock', 'cumulative') and not exists (
            select from ledger.batch as later where later.province_id = b.province_id and later.source = b.source
            and later.feed = b.feed and later.status = 'published' and later.finished_at <= o.recorded_at
            and later.first_day <= o.last_day and later.last_day > b.last_day
        )
    )
left join quality.verdict as v on v.batch_id = b.batch_id;

comment on view serving.kpi_explanations is 'What stands behind each KPI value that was said: its definition, and a row for each batch that delivered the period';
comment on column serving.kpi_explanations.province_id is 'Province, see serving.provinces';
comment on column serving.kpi_explanations.kpi is 'KPI';
comment on column serving.kpi_explanations.name_vi is 'Name in Vietnamese';
comment on column serving.kpi_explanations.name_en is 'Name in English';
comment on column serving.kpi_explanations.unit is 'Unit of the value';
comment on column serving.kpi_explanations.owner is 'Who answers for the definition';
comment on column serving.kpi_explanations.basis_vi is 'Where the rule comes from, in Vietnamese';
comment on column serving.kpi_explanations.basis_en is 'Where the rule comes from, in English';
comment on column serving.kpi_explanations.definition_version is 'Version of the definition that was used';
comment on column serving.kpi_explanations.reads is 'Serving view that it counts';
comment on column serving.kpi_explanations.where_sql is 'SQL of the rows that it keeps';
comment on column serving.kpi_explanations.numerator_sql is 'SQL of the numerator, or the quantity that it takes instead';
comment on column serving.kpi_explanations.denominator_sql is 'SQL of the denominator, or the quantity that it takes instead';
comment on column serving.kpi_explanations.first_day is 'First day of the period';
comment on column serving.kpi_explanations.last_day is 'Last day of the period, inclusive';
comment on column serving.kpi_explanations.area_id is 'Area, see serving.areas';
comment on column serving.kpi_explanations.breakdown is 'Slice such as channel=online;level=4, empty for the whole';
comment on column serving.kpi_explanations.revision is 'From 1; a changed value is a new revision';
comment on column serving.kpi_explanations.value is 'Value in the KPI''s unit; null when status is missing';
comment on column serving.kpi_explanations.numerator is 'Numerator';
comment on column serving.kpi_explanations.denominator is 'Denominator, where the KPI is a ratio';
comment on column serving.kpi_explanations.status is 'provisional, official or missing';
comment on column serving.kpi_explanations.cause is 'Why it was said: first, data, time, definition or recompute';
comment on column serving.kpi_explanations.cause_batch_id is 'Newest batch behind the change';
comment on column serving.kpi_explanations.recorded_at is 'Since when this was the hub''s word';
comment on column serving.kpi_explanations.batch_id is 'Batch that delivered days of the period; null where none had been published yet';
comment on column serving.kpi_explanations.source is 'Source';
comment on column serving.kpi_explanations.feed is 'Feed';
comment on column serving.kpi_explanations.batch_first_day is 'First day of the batch''s interval';
comment on column serving.kpi_explanations.batch_last_day is 'Last day of the batch''s interval, inclusive';
comment on column serving.kpi_explanations.loaded_at is 'When the batch was published';
comment on column serving.kpi_explanations.fetched is 'Records read from the wire';
comment on column serving.kpi_explanations.loaded is 'Records that changed a fact';
comment on column serving.kpi_explanations.unchanged is 'Records that the facts already held';
comment on column serving.kpi_explanations.superseded is 'Older versions of a record';
comment on column serving.kpi_explanations.quarantined is 'Records that a rule refused';
comment on column serving.kpi_explanations.passed is 'The gate''s word on the batch';
comment on column serving.kpi_explanations.executed_rules is 'Rules that ran';
comment on column serving.kpi_explanations.broken_rules is 'Rules that a row or the batch broke';
comment on column serving.kpi_explanations.pages is 'Pages on which the batch came, see serving.pages';
