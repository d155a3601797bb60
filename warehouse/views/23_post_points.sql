create view serving.post_points as
select
    f.province_id,
    f.month_end_day,
    f.point_code,
    f.kind,
    f.area_id,
    a.code as area,
    f.served as is_served,
    f.batch_id,
    f.page_number
from warehouse.fact_post_point as f
left join warehouse.dim_area as a on a.area_id = f.area_id;

comment on view serving.post_points is 'The postal network at each month''s end';
comment on column serving.post_points.province_id is 'Province, see serving.provinces';
comment on column serving.post_points.month_end_day is 'Last day of the month';
comment on column serving.post_points.point_code is 'Point of the network';
comment on column serving.post_points.kind is 'post_office, culture_post or agent';
comment on column serving.post_points.area_id is 'Area, see serving.areas; the province itself where the record names none';
comment on column serving.post_points.area is 'Code of that area in its time';
comment on column serving.post_points.is_served is 'Somebody serves there; others do not count';
comment on column serving.post_points.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.post_points.page_number is 'Page of that batch, see serving.pages';
