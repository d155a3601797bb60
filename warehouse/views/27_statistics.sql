create view serving.statistics as
select
    f.province_id,
    f.source,
    f.indicator,
    f.kind,
    f.class,
    f.area_id,
    a.code as area,
    o.code as organisation,
    f.organisation_id,
    f.first_day,
    f.last_day,
    f.value,
    f.bound,
    f.is_estimate,
    f.batch_id,
    f.page_number
from warehouse.fact_statistic as f
left join warehouse.dim_area as a on a.area_id = f.area_id
left join warehouse.dim_organisation as o on o.organisation_id = f.organisation_id;

comment on view serving.statistics is 'Values of indicators that sources count themselves, see serving.indicators';
comment on column serving.statistics.province_id is 'Province, see serving.provinces';
comment on column serving.statistics.source is 'Source that counts it';
comment on column serving.statistics.indicator is 'Indicator, see serving.indicators';
comment on column serving.statistics.kind is 'First slice of the indicator; none = not sliced';
comment on column serving.statistics.class is 'Second slice of the indicator; none = not sliced';
comment on column serving.statistics.area_id is 'Area, see serving.areas; the province itself where the record names none';
comment on column serving.statistics.area is 'Code of that area in its time';
comment on column serving.statistics.organisation is 'Code of the organisation; null = of none';
comment on column serving.statistics.organisation_id is 'Key of the organisation; 0 = of none';
comment on column serving.statistics.first_day is 'First day that the value is for';
comment on column serving.statistics.last_day is 'Last day that the value is for';
comment on column serving.statistics.value is 'Value in the unit of the indicator';
comment on column serving.statistics.bound is 'exact, more, nearly or about; null = the source does not say';
comment on column serving.statistics.is_estimate is 'The source marks it as an estimate';
comment on column serving.statistics.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.statistics.page_number is 'Page of that batch, see serving.pages';
