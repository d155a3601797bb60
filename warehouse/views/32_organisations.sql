create view serving.organisations as
select o.province_id, o.code as organisation, o.name, o.tier, o.sort_key
from warehouse.dim_organisation as o;

comment on view serving.organisations is 'Organisations that handle dossiers, documents and work files';
comment on column serving.organisations.province_id is 'Province, see serving.provinces';
comment on column serving.organisations.organisation is 'Code of the organisation';
comment on column serving.organisations.name is 'Name in Vietnamese';
comment on column serving.organisations.tier is 'province, district or commune';
comment on column serving.organisations.sort_key is 'Orders Vietnamese names without a locale';
