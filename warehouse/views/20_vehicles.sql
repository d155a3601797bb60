create view serving.vehicles as
select
    f.province_id,
    f.declaration_code,
    f.gate_code as gate,
    f.direction,
    f.status_code as status,
    f.status_code = 'processed' as is_processed,
    f.declared_online as is_declared_online,
    f.processed_day,
    f.declared_at,
    f.processed_at,
    f.batch_id,
    f.page_number
from warehouse.fact_vehicle as f;

comment on view serving.vehicles is 'Vehicles declared on the border-gate platform, one row a declaration in its newest step';
comment on column serving.vehicles.province_id is 'Province, see serving.provinces';
comment on column serving.vehicles.declaration_code is 'Declaration on the platform';
comment on column serving.vehicles.gate is 'Border gate';
comment on column serving.vehicles.direction is 'export or import';
comment on column serving.vehicles.status is 'declared, processed or cancelled';
comment on column serving.vehicles.is_processed is 'Counts as a vehicle that crossed';
comment on column serving.vehicles.is_declared_online is 'Declared on the platform beforehand';
comment on column serving.vehicles.processed_day is 'Day of processing, Vietnam time';
comment on column serving.vehicles.declared_at is 'Declared';
comment on column serving.vehicles.processed_at is 'Processed';
comment on column serving.vehicles.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.vehicles.page_number is 'Page of that batch, see serving.pages';
