create view serving.areas as
select
    a.area_id,
    a.code as area,
    a.level,
    a.name,
    a.valid_from,
    a.valid_to,
    a.parent_id,
    a.ancestor_ids,
    a.latitude,
    a.longitude,
    a.area_km2,
    a.sort_key
from warehouse.dim_area as a;

comment on view serving.areas is 'Administrative areas through time; codes are used again, so an area is a code and a first day';
comment on column serving.areas.area_id is 'Key of the area within this hub';
comment on column serving.areas.area is 'Official code';
comment on column serving.areas.level is 'province, district or commune; unknown = a code that no area of the province bears, or all of these';
comment on column serving.areas.name is 'Name in Vietnamese';
comment on column serving.areas.valid_from is 'First day on which the code meant this area';
comment on column serving.areas.valid_to is 'First day on which it no longer did; null = today''s';
comment on column serving.areas.parent_id is 'Area that contains it';
comment on column serving.areas.ancestor_ids is 'Itself and all areas that contain it';
comment on column serving.areas.latitude is 'Degrees north';
comment on column serving.areas.longitude is 'Degrees east';
comment on column serving.areas.area_km2 is 'Surface in km²';
comment on column serving.areas.sort_key is 'Orders Vietnamese names without a locale';
