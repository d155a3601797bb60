create view serving.area_outlines as
select
    o.area_id,
    a.code as area,
    a.valid_from,
    o.rings,
    o.is_schematic
from warehouse.area_outline as o
join warehouse.dim_area as a on a.area_id = o.area_id;

comment on view serving.area_outlines is 'Outlines of areas on maps';
comment on column serving.area_outlines.area_id is 'Area, see serving.areas';
comment on column serving.area_outlines.area is 'Its code';
comment on column serving.area_outlines.valid_from is 'First day on which the code meant it';
comment on column serving.area_outlines.rings is 'Its rings, each a list of corners: longitude and latitude';
comment on column serving.area_outlines.is_schematic is 'Computed from the communes'' points: no boundary';
