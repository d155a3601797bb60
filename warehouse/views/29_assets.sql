create view serving.assets as
select
    f.province_id,
    f.source,
    f.asset_code,
    f.valid_from,
    f.kind,
    f.class,
    f.area_id,
    a.code as area,
    o.code as organisation,
    f.status,
    f.quantity,
    f.level,
    f.attributes,
    f.opened_day,
    f.expiry_day,
    f.previous_to is null as is_first,
    greatest(coalesce(f.opened_day, f.valid_from), f.previous_to) as from_day,
    least(f.valid_to, f.expiry_day + 1) as until_day,
    f.batch_id,
    f.page_number
from warehouse.fact_asset as f
left join warehouse.dim_area as a on a.area_id = f.area_id
left join warehouse.dim_organisation as o on o.organisation_id = f.organisation_id;

comment on view serving.assets is 'Things of any subject, one row for each time in which a thing was so';
comment on column serving.assets.province_id is 'Province, see serving.provinces';
comment on column serving.assets.source is 'Source whose lists name the thing';
comment on column serving.assets.asset_code is 'Thing at the source';
comment on column serving.assets.valid_from is 'Day of the first list that describes it so';
comment on column serving.assets.kind is 'What kind of thing, as the source''s specification names it';
comment on column serving.assets.class is 'A second kind, as the source''s specification names it';
comment on column serving.assets.area_id is 'Area, see serving.areas; the province itself where the record names none';
comment on column serving.assets.area is 'Code of that area in its time';
comment on column serving.assets.organisation is 'Code of the organisation that it belongs to';
comment on column serving.assets.status is 'State of the thing, as the source''s specification names it';
comment on column serving.assets.quantity is 'How many things or people it stands for';
comment on column serving.assets.level is 'Level or rank';
comment on column serving.assets.attributes is 'Further values that the source''s specification declares';
comment on column serving.assets.opened_day is 'First day on which it exists, as the source says';
comment on column serving.assets.expiry_day is 'Last day on which it exists, as the source says';
comment on column serving.assets.is_first is 'No list before described the thing in another way';
comment on column serving.assets.from_day is 'First day on which it counts so: its opening, or the list that changed it';
comment on column serving.assets.until_day is 'First day on which it no longer does; null = it still does';
comment on column serving.assets.batch_id is 'Batch that first wrote its content, see serving.batches';
comment on column serving.assets.page_number is 'Page of that batch, see serving.pages';
