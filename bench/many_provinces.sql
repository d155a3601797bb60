-- Dossiers of other provinces and other months: %(a_month)s a month of each of %(provinces)s provinces, for %(months)s
-- months up to December 2023. The months of %(kept)s of the province that is there stay as they were loaded.
insert into warehouse.dim_province (province_id, code, area_code, name)
select 1 + row_number() over (order by code), 'X' || code, code, name from (
    select distinct on (code) code, name from warehouse.dim_area
    where level = 'province' and valid_to is null
        and code <> all (select area_code from warehouse.dim_province) order by code limit %(provinces)s - 1) as other;
insert into warehouse.dim_organisation (province_id, code, name, tier, sort_key)
select province_id, 'O' || n, 'O' || n, (array['province', 'district', 'commune'])[1 + n %% 3], 'O' || n
from warehouse.dim_province cross join generate_series(1, 200) as n;
insert into warehouse.dim_service (province_id, code, name, field_code, field_name)
select province_id, 'S' || n, 'S' || n, 'F' || n %% 40, 'F' || n %% 40
from warehouse.dim_province cross join generate_series(1, 1820) as n;

create temporary table commune as
select p.province_id, a.area_id, row_number() over of_province - 1 as n,
    count(*) over (partition by p.province_id) as of
from warehouse.dim_area as a
join warehouse.dim_area as above on above.area_id = any (a.ancestor_ids) and above.level = 'province'
join warehouse.dim_province as p on p.area_code = above.code
where a.level = 'commune'
window of_province as (partition by p.province_id order by a.area_id);
create temporary table organisation as
select province_id, organisation_id, row_number() over (partition by province_id order by organisation_id) - 1 as n
from warehouse.dim_organisation where code like 'O%%';
create temporary table service as
select province_id, service_id, row_number() over (partition by province_id order by service_id) - 1 as n
from warehouse.dim_service where code like 'S%%';
create temporary table month as
select p.province_id, m::date as first, row_number() over () as n
from warehouse.dim_province as p
cross join generate_series(timestamp '2024-01-01' - %(months)s * interval '1 month', '2023-12-01', '1 month') as m
where not (p.province_id = 1 and m::date = any (%(kept)s));
analyze commune, organisation, service, month;

insert into warehouse.fact_dossier (province_id, dossier_code, organisation_id, service_id, area_id, channel_code, level,
    status_code, received_at, due_at, ended_at, updated_at, batch_id, page_number)
select m.province_id, 'D' || m.n || '.' || d.n, o.organisation_id, s.service_id, c.area_id,
    (array['online', 'direct', 'post'])[1 + d.n %% 3], 3 + d.n %% 2, 'returned', at, at + interval '9 days',
    at + d.n %% 11 * interval '1 day', at, 1, 1
from month as m cross join generate_series(0, %(a_month)s - 1) as d (n)
cross join lateral (select m.first::timestamp at time zone 'Asia/Ho_Chi_Minh'
    + d.n * interval '28 days' / %(a_month)s as at) as t
join organisation as o on o.province_id = m.province_id and o.n = d.n %% 200
join commune as c on c.province_id = m.province_id and c.n = d.n * 7 %% c.of
join service as s on s.province_id = m.province_id and s.n = d.n * 13 %% 1820;
