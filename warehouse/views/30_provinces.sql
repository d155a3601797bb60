create view serving.provinces as
select p.province_id, p.code as province, p.area_code as area, p.name
from warehouse.dim_province as p;

comment on view serving.provinces is 'Provinces that this hub serves';
comment on column serving.provinces.province_id is 'Key of the province within this hub';
comment on column serving.provinces.province is 'Organisation code of the province, for example H37';
comment on column serving.provinces.area is 'Official code of its area';
comment on column serving.provinces.name is 'Name in Vietnamese';
