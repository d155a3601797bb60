create view serving.waivers as
select
    w.province_id,
    w.source,
    w.feed,
    w.first_day,
    w.last_day,
    w.way,
    w.records,
    w.actor,
    w.reason,
    w.decided_at
from access.waiver as w;

comment on view serving.waivers is 'Refused records that official figures leave out by somebody''s decision; for everyone who sees figures of their source';
comment on column serving.waivers.province_id is 'Province, see serving.provinces';
comment on column serving.waivers.source is 'Source';
comment on column serving.waivers.feed is 'Feed';
comment on column serving.waivers.first_day is 'First day of the slice';
comment on column serving.waivers.last_day is 'Last day of the slice, inclusive';
comment on column serving.waivers.way is 'waived, or rejected for good';
comment on column serving.waivers.records is 'How many; null for fewer than 5, and for accounts that do not see a whole province';
comment on column serving.waivers.actor is 'Who decided; null for accounts that do not see a whole province';
comment on column serving.waivers.reason is 'Why; null for accounts that do not see a whole province';
comment on column serving.waivers.decided_at is 'When';
