create view serving.stations as
select
    f.province_id,
    f.month_end_day,
    f.operator_code as operator,
    f.site_code as site,
    f.technology,
    f.area_id,
    a.code as area,
    f.batch_id,
    f.page_number
from warehouse.fact_station as f
left join warehouse.dim_area as a on a.area_id = f.area_id;

comment on view serving.stations is 'Base stations at a month''s end: a station is operator, site and technology; a site may be shared';
comment on column serving.stations.province_id is 'Province, see serving.provinces';
comment on column serving.stations.month_end_day is 'Last day of the month that the list is for';
comment on column serving.stations.operator is 'Operator that runs the station';
comment on column serving.stations.site is 'Site; one mast shared by two operators is one site';
comment on column serving.stations.technology is '2G, 3G, 4G or 5G';
comment on column serving.stations.area_id is 'Commune, see serving.areas';
comment on column serving.stations.area is 'Code of the commune in its time';
comment on column serving.stations.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.stations.page_number is 'Page of that batch, see serving.pages';
