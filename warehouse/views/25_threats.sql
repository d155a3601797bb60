create view serving.threats as
select
    f.province_id,
    f.day,
    f.severity,
    f.threats,
    f.handled,
    f.batch_id,
    f.page_number
from warehouse.fact_threat as f;

comment on view serving.threats is 'Information-security threats, by day of detection and severity';
comment on column serving.threats.province_id is 'Province, see serving.provinces';
comment on column serving.threats.day is 'Day of detection';
comment on column serving.threats.severity is 'low, medium, high or critical';
comment on column serving.threats.threats is 'Threats detected';
comment on column serving.threats.handled is 'Of these handled since, as known now';
comment on column serving.threats.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.threats.page_number is 'Page of that batch, see serving.pages';
