create view serving.unlisted_codes as
select
    u.province_id,
    u.source,
    u.feed,
    u.dimension,
    u.code,
    u.batch_id
from warehouse.unlisted_code as u
left join warehouse.dim_organisation as o
    on u.dimension = 'organisation' and o.province_id = u.province_id and o.code = u.code and not o.is_inferred
left join warehouse.dim_service as s
    on u.dimension = 'service' and s.province_id = u.province_id and s.code = u.code and not s.is_inferred
left join warehouse.dim_channel as c on u.dimension = 'channel' and c.code = u.code
left join warehouse.dim_gate as g on u.dimension = 'gate' and g.code = u.code
left join warehouse.dim_operator as t on u.dimension = 'operator' and t.code = u.code
left join warehouse.dim_platform as p on u.dimension = 'platform' and p.code = u.code
where coalesce(o.code, s.code, c.code, g.code, t.code, p.code) is null;

comment on view serving.unlisted_codes is 'Codes that records name and the reference data do not list; of areas also those that a day lacks';
comment on column serving.unlisted_codes.province_id is 'Province, see serving.provinces';
comment on column serving.unlisted_codes.source is 'Source whose records name it';
comment on column serving.unlisted_codes.feed is 'Feed whose records name it';
comment on column serving.unlisted_codes.dimension is 'Dimension in which it was looked up';
comment on column serving.unlisted_codes.code is 'Code as the records give it, at most 64 characters';
comment on column serving.unlisted_codes.batch_id is 'Batch that first named it';
