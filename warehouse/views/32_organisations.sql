create view serving.organisations as
select o.province_id, o.code as organisation, coalesce(o.name, 'Chưa có trong danh mục (' || o.code || ')') as name, o.tier, o.sort_key,
    o.is_inferred
from warehouse.dim_organisation as o;

comment on view serving.organisations is 'Organisations that handle dossiers, documents and work files';
comment on column serving.organisations.province_id is 'Province, see serving.provinces';
comment on column serving.organisations.organisation is 'Code of the organisation';
comment on column serving.organisations.name is 'Name in Vietnamese; of an inferred one its code';
comment on column serving.organisations.tier is 'province, district or commune; null = not known';
comment on column serving.organisations.sort_key is 'Orders Vietnamese names without a locale';
comment on column serving.organisations.is_inferred is 'Only records name it; the reference data do not list it';
