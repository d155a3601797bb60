create view serving.connections as
select
    f.province_id,
    f.day,
    f.system_code,
    f.system_name,
    f.ministry,
    f.required as is_required,
    f.status,
    f.batch_id,
    f.page_number
from warehouse.fact_connection as f;

comment on view serving.connections is 'Ministries'' systems and whether the province''s LGSP is connected to them, by day';
comment on column serving.connections.province_id is 'Province, see serving.provinces';
comment on column serving.connections.day is 'Day of the state';
comment on column serving.connections.system_code is 'System of a ministry';
comment on column serving.connections.system_name is 'Its name in Vietnamese';
comment on column serving.connections.ministry is 'Ministry that runs it';
comment on column serving.connections.is_required is 'The province must be connected to it';
comment on column serving.connections.status is 'live, trial or none';
comment on column serving.connections.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.connections.page_number is 'Page of that batch, see serving.pages';
