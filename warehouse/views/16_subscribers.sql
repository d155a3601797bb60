create view serving.subscribers as
select
    f.province_id,
    f.month_end_day,
    f.operator_code as operator,
    f.area_id,
    a.code as area,
    split_part(f.kind, '_', 2) as service,
    split_part(f.kind, '_', 1) as kind,
    case when f.kind <> 'mobile_phone' then null when f.smartphone then 'smartphone' else 'basic' end as handset,
    f.subscribers,
    f.batch_id,
    f.page_number
from warehouse.fact_subscriber as f
left join warehouse.dim_area as a on a.area_id = f.area_id;

comment on view serving.subscribers is 'Telecom subscribers at a month''s end, newest submission of each operator';
comment on column serving.subscribers.province_id is 'Province, see serving.provinces';
comment on column serving.subscribers.month_end_day is 'Last day of the month that the figure is for';
comment on column serving.subscribers.operator is 'Operator that reports';
comment on column serving.subscribers.area_id is 'Commune, see serving.areas';
comment on column serving.subscribers.area is 'Code of the commune in its time';
comment on column serving.subscribers.service is 'phone or internet';
comment on column serving.subscribers.kind is 'fixed or mobile';
comment on column serving.subscribers.handset is 'smartphone or basic for mobile phones, null elsewhere';
comment on column serving.subscribers.subscribers is 'Subscribers at the end of the month';
comment on column serving.subscribers.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.subscribers.page_number is 'Page of that batch, see serving.pages';
