-- Other provinces with what the one that is loaded has, until there are %(provinces)s: its facts, dimensions and batches
-- with keys of their own, in areas of their own, so that figures differ; then %(a_month)s dossiers of June 2023 each.
-- A key is that of the first province and a thousand, or a million, times the number of the province.
insert into warehouse.dim_province (province_id, code, area_code, name)
select 1 + row_number() over (order by code), 'X' || code, code, name from (
    select distinct on (code) code, name from warehouse.dim_area
    where level = 'province' and valid_to is null
        and code <> all (select area_code from warehouse.dim_province) order by code limit %(provinces)s - 1) as other;
create temporary table other as select province_id from warehouse.dim_province where province_id > 1;
create temporary table place as
select a.area_id, a.level, p.province_id, a.valid_to is null as is_of_today, row_number() over of_kind - 1 as n,
    count(*) over (partition by p.province_id, a.level, a.valid_to is null) as of
from warehouse.dim_area as a
join warehouse.dim_area as above on above.area_id = any (a.ancestor_ids) and above.level = 'province'
join warehouse.dim_province as p on p.area_code = above.code
window of_kind as (partition by p.province_id, a.level, a.valid_to is null order by a.area_id);
create temporary table moved as
select own.area_id, there.province_id, there.area_id as new_id
from place as own join place as there
    on there.level = own.level and there.is_of_today = own.is_of_today and there.n = own.n %% there.of
where own.province_id = 1 and there.province_id > 1;
create index on moved (area_id, province_id);
analyze moved;
