create view serving.village_coverage as
select
    f.province_id,
    f.month_end_day,
    f.village_code as village,
    f.village_name as name,
    f.area_id,
    a.code as area,
    f.coverage,
    f.batch_id,
    f.page_number
from warehouse.fact_coverage as f
left join warehouse.dim_area as a on a.area_id = f.area_id;

comment on view serving.village_coverage is 'Mobile coverage of every village at a month''s end';
comment on column serving.village_coverage.province_id is 'Province, see serving.provinces';
comment on column serving.village_coverage.month_end_day is 'Last day of the month that the list is for';
comment on column serving.village_coverage.village is 'Code of the village';
comment on column serving.village_coverage.name is 'Name of the village in Vietnamese';
comment on column serving.village_coverage.area_id is 'Commune, see serving.areas';
comment on column serving.village_coverage.area is 'Code of the commune in its time';
comment on column serving.village_coverage.coverage is 'good, weak or none';
comment on column serving.village_coverage.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.village_coverage.page_number is 'Page of that batch, see serving.pages';
