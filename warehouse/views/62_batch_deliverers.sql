create view serving.batch_deliverers as
select
    b.province_id,
    d.batch_id,
    b.source,
    b.feed,
    b.first_day,
    b.last_day,
    d.deliverer,
    d.records
from ledger.delivery as d
join ledger.batch as b on b.batch_id = d.batch_id;

comment on view serving.batch_deliverers is 'Whose records each published batch brought';
comment on column serving.batch_deliverers.province_id is 'Province, see serving.provinces';
comment on column serving.batch_deliverers.batch_id is 'Batch';
comment on column serving.batch_deliverers.source is 'Source';
comment on column serving.batch_deliverers.feed is 'Feed';
comment on column serving.batch_deliverers.first_day is 'First day of the slice';
comment on column serving.batch_deliverers.last_day is 'Last day of the slice, inclusive';
comment on column serving.batch_deliverers.deliverer is 'Code of who delivered, in lower case';
comment on column serving.batch_deliverers.records is 'Records of it that were accepted';
