create view serving.services as
select
    f.province_id,
    d.day,
    s.code as service,
    s.name,
    s.field_code as field,
    f.level,
    f.on_national_portal as is_on_national_portal,
    f.effective_day,
    f.expiry_day,
    case when d.day = f.day then f.batch_id else d.batch_id end as batch_id,
    f.page_number
from warehouse.fact_service as f
join warehouse.list_day as d
    on d.province_id = f.province_id and d.fact = 'fact_service'
    and d.day >= f.day and (f.valid_to is null or d.day < f.valid_to)
left join warehouse.dim_service as s on s.service_id = f.service_id;

comment on view serving.services is 'The service catalogue, one row a service in force and day';
comment on column serving.services.province_id is 'Province, see serving.provinces';
comment on column serving.services.day is 'Day of the catalogue';
comment on column serving.services.service is 'Code of the administrative procedure';
comment on column serving.services.name is 'Name in Vietnamese';
comment on column serving.services.field is 'Code of the procedure''s field';
comment on column serving.services.level is 'Level on that day: 2 information, 3 partial, 4 full online service';
comment on column serving.services.is_on_national_portal is 'Integrated with the national public-service portal';
comment on column serving.services.effective_day is 'In force since';
comment on column serving.services.expiry_day is 'In force until';
comment on column serving.services.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.services.page_number is 'Page of that batch, see serving.pages';
