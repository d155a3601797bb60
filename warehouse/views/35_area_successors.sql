create view serving.area_successors as
select
    s.area_id,
    a.code as area,
    a.valid_from,
    s.successor_id,
    n.code as successor,
    s.share,
    s.is_estimated
from warehouse.area_successor as s
join warehouse.dim_area as a on a.area_id = s.area_id
join warehouse.dim_area as n on n.area_id = s.successor_id;

comment on view serving.area_successors is 'What became of each area: how figures of before are carried to today''s areas';
comment on column serving.area_successors.area_id is 'Area of before, see serving.areas';
comment on column serving.area_successors.area is 'Its code';
comment on column serving.area_successors.valid_from is 'First day on which the code meant it';
comment on column serving.area_successors.successor_id is 'Area that took over its land, or a part of it';
comment on column serving.area_successors.successor is 'Code of that area';
comment on column serving.area_successors.share is 'Part of the area''s figures that go there; they sum to 1';
comment on column serving.area_successors.is_estimated is 'The area was split, and the share is an estimate';
