-- What an account that is limited to an area or an organisation may know of a batch. Not whether it was a replay: that
-- would tell that somebody's records had been refused.
create view serving.deliveries as
select
    b.province_id,
    b.batch_id,
    b.source,
    b.feed,
    b.first_day,
    b.last_day,
    b.finished_at as loaded_at
from access.delivery as b
where b.status = 'published';

comment on view serving.deliveries is 'Published batches without their counts, for everyone who sees figures of their source';
comment on column serving.deliveries.province_id is 'Province, see serving.provinces';
comment on column serving.deliveries.batch_id is 'Batch';
comment on column serving.deliveries.source is 'Source';
comment on column serving.deliveries.feed is 'Feed';
comment on column serving.deliveries.first_day is 'First day of the slice';
comment on column serving.deliveries.last_day is 'Last day of the slice, inclusive';
comment on column serving.deliveries.loaded_at is 'Published';
