create view serving.deliverers as
select
    a.province_id,
    a.source,
    a.feed,
    a.begins_on as first_day,
    a.ends_on as last_day,
    a.deliverer,
    v.name_vi,
    v.name_en,
    a.is_expected,
    a.records,
    a.delivered_at
from access.deliverer as a
left join (
    select b.breakdown, b.province_id, lower(b.value) as code, min(b.name_vi) as name_vi, min(b.name_en) as name_en
    from serving.breakdown_values as b
    where b.breakdown in ('operator', 'platform', 'gate', 'channel', 'organisation') and b.is_listed
    group by b.breakdown, b.province_id, lower(b.value)
) as v on v.breakdown = a.dimension and v.code = a.deliverer and coalesce(v.province_id, a.province_id) = a.province_id;

comment on view serving.deliverers is 'Who has delivered what, when, and who was to: a row for each deliverer and period of the feeds that several deliver together; for everyone who sees figures of the source';
comment on column serving.deliverers.province_id is 'Province, see serving.provinces';
comment on column serving.deliverers.source is 'Source';
comment on column serving.deliverers.feed is 'Feed';
comment on column serving.deliverers.first_day is 'First day of the period, a day or a month';
comment on column serving.deliverers.last_day is 'Last day of the period, inclusive';
comment on column serving.deliverers.deliverer is 'Code of the deliverer, in lower case; null where it is not the account''s to know';
comment on column serving.deliverers.name_vi is 'Name in Vietnamese; null where no dimension knows it';
comment on column serving.deliverers.name_en is 'Name in English';
comment on column serving.deliverers.is_expected is 'Whether it was to deliver; false while the period has not ended, or its deliveries were not counted';
comment on column serving.deliverers.records is 'Accepted records of it that the newest published batches brought; null = none, and for accounts that do not see a whole province';
comment on column serving.deliverers.delivered_at is 'When the newest of them were published; null = none';
