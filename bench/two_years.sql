-- Two years of one province (2022 and 2023) as its systems deliver them: %(rows)s dossiers, and of everything else
-- what the simulated gateway's worlds have.
create temporary table commune as
select area_id, row_number() over (order by code) - 1 as n, count(*) over () as of
from warehouse.dim_area where level = 'commune' and valid_to is not null and ancestor_ids @> array[(
    select area_id from warehouse.dim_area where code = '20' and level = 'province' order by valid_from limit 1)];
create temporary table organisation as
select organisation_id, row_number() over (order by code) - 1 as n, count(*) over () as of
from warehouse.dim_organisation where province_id = %(province)s;
create temporary table month as
select (m + interval '1 month' - interval '1 day')::date as last
from generate_series(timestamp '2022-01-01', '2023-12-01', '1 month') as m;
insert into warehouse.dim_service (province_id, code, field_code, field_name)
select %(province)s, '1.' || n, 'F' || n %% 40, 'F' || n %% 40 from generate_series(1, 1820) as n;
create temporary table service as
select service_id, row_number() over (order by code) - 1 as n from warehouse.dim_service where province_id = %(province)s;
analyze commune, organisation, month, service;

insert into warehouse.fact_dossier (province_id, dossier_code, organisation_id, service_id, area_id, channel_code, level,
    status_code, received_at, due_at, ended_at, updated_at, batch_id, page_number)
select %(province)s, 'D' || d.n, o.organisation_id, s.service_id, c.area_id,
    (array['online', 'direct', 'post'])[1 + d.n %% 3], 3 + d.n %% 2, 'returned', at, at + interval '9 days',
    at + d.n %% 11 * interval '1 day', at, 1, 1
from (select n, timestamptz '2022-01-01 08:00+07' + n * interval '730 days' / %(rows)s as at
    from generate_series(0, %(rows)s - 1) as n) as d
join organisation as o on o.n = d.n %% o.of
join commune as c on c.n = d.n * 7 %% c.of
join service as s on s.n = d.n * 13 %% 1820;

insert into warehouse.fact_document (province_id, document_code, organisation_id, issued_at, secret, signed, updated_at,
    batch_id, page_number)
select %(province)s, 'V' || d.n, o.organisation_id, at, d.n %% 50 = 0, d.n %% 9 > 0, at, 1, 1
from (select n, timestamptz '2022-01-01 08:00+07' + n * interval '730 days' / %(rows)s as at
    from generate_series(0, %(rows)s - 1) as n) as d
join organisation as o on o.n = d.n %% o.of;

insert into warehouse.fact_work_file (province_id, work_code, organisation_id, tier, secret, handled_online, closed_at,
    updated_at, batch_id, page_number)
select %(province)s, 'H' || d.n, o.organisation_id, (array['province', 'district', 'commune'])[1 + d.n %% 3], false,
    d.n %% 5 > 0, at, at, 1, 1
from (select n, timestamptz '2022-01-01 08:00+07' + n * interval '730 days' / %(rows)s as at
    from generate_series(0, %(rows)s / 2, 2) as n) as d
join organisation as o on o.n = d.n %% o.of;

insert into warehouse.fact_vehicle (province_id, declaration_code, seq, gate_code, direction, declared_online, declared_at,
    processed_at, status_code, batch_id, page_number)
select %(province)s, 'X' || n, 2, (array['huu_nghi', 'tan_thanh', 'chi_ma', 'coc_nam'])[1 + n %% 4],
    (array['export', 'import'])[1 + n %% 2], true, at, at, 'processed', 1, 1
from (select n, timestamptz '2022-01-01 08:00+07' + n * interval '730 days' / %(rows)s as at
    from generate_series(0, %(rows)s - 1) as n) as d;

insert into warehouse.fact_feedback (province_id, case_code, field_code, area_id, received_at, status_code, updated_at,
    batch_id, page_number)
select %(province)s, 'P' || d.n, 'F' || d.n %% 12, c.area_id, at, (array['resolved', 'in_progress'])[1 + d.n %% 2], at, 1, 1
from (select n, timestamptz '2022-01-01 08:00+07' + n * interval '730 days' / 20000 as at
    from generate_series(0, 19999) as n) as d
join commune as c on c.n = d.n * 7 %% c.of;

insert into warehouse.fact_article (province_id, article_code, outlet, published_at, sentiment, batch_id, page_number)
select %(province)s, 'B' || n, 'Báo', timestamptz '2022-01-01 08:00+07' + n * interval '730 days' / 20000,
    (array['positive', 'neutral', 'negative'])[1 + n %% 3], 1, 1
from generate_series(0, 19999) as n;

insert into warehouse.fact_certificate (province_id, serial, organisation_id, holder, issued_at, updated_at, batch_id,
    page_number)
select %(province)s, 'C' || d.n, o.organisation_id, (array['person', 'organisation'])[1 + d.n %% 2], at, at, 1, 1
from (select n, timestamptz '2022-01-01 08:00+07' + n * interval '730 days' / 5000 as at
    from generate_series(0, 4999) as n) as d
join organisation as o on o.n = d.n %% o.of;

insert into warehouse.list_day (province_id, fact, day, batch_id)
select %(province)s, 'fact_service', last, 1 from month;
insert into warehouse.fact_service (province_id, day, service_id, level, on_national_portal, batch_id, page_number)
select %(province)s, '2022-01-31', service_id, 2 + n %% 3, n %% 2 = 0, 1, 1 from service;
insert into warehouse.fact_ecommerce (province_id, day, platform_code, listings, transactions, orders, revenue_vnd, batch_id,
    page_number)
select %(province)s, day, p, 1000 + n, 10 * n, 10 * n, 1000000::bigint * n, 1, 1
from (select day::date, row_number() over () as n from generate_series(timestamp '2022-01-01', '2023-12-31', '1 day') as day)
    as d cross join unnest(array['postmart', 'voso']) as p;
insert into warehouse.fact_subscriber
select %(province)s, last, p, area_id, k, s, 100 + n, 1, 1, 1
from month cross join commune cross join unnest(array['vnpt', 'viettel', 'mobifone']) as p
cross join unnest(array['fixed_phone', 'mobile_phone', 'fixed_internet', 'mobile_internet']) as k
cross join unnest(array[true, false]) as s;
insert into warehouse.fact_station
select %(province)s, last, p, 'S' || n, t, area_id, 1, 1, 1
from month cross join commune cross join unnest(array['vnpt', 'viettel', 'mobifone']) as p
cross join unnest(array['2G', '3G', '4G', '5G']) as t;
insert into warehouse.fact_revenue
select %(province)s, last, sector, p, 'x', 1000000000, 100, 1, 1, 1
from month cross join (values ('telecom', 'vnpt'), ('telecom', 'viettel'), ('post', 'vnpost')) as o (sector, p);
insert into warehouse.fact_coverage
select %(province)s, last, 'T' || v, 'Thôn', area_id, (array['good', 'weak', 'none'])[1 + v %% 3], 1, 1, 1
from month cross join generate_series(1, 1676) as v join commune as c on c.n = v %% c.of;
insert into warehouse.fact_post_point
select %(province)s, last, 'B' || n, 'post_office', area_id, true, 1, 1 from month cross join commune;
insert into warehouse.fact_account
select %(province)s, last, a, 'none', area_id, 500, 1, 1
from month cross join commune cross join unnest(array['citizen_app', 'payment', 'commerce']) as a;
insert into warehouse.fact_threat
select %(province)s, day::date, s, 3, 2, 1, 1 from generate_series(timestamp '2022-01-01', '2023-12-31', '1 day') as day
cross join unnest(array['low', 'medium', 'high']) as s;
insert into warehouse.fact_connection
select %(province)s, last, 'M' || n, 'Hệ thống', 'Bộ ' || n, true, 'live', 1, 1 from month cross join generate_series(1, 17) as n;

insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256, status, finished_at,
    complete_to, settled_to)
select %(province)s, split_part(f, '.', 1), split_part(f, '.', 2), '2022-01-01', '2023-12-31', 1, 'bench', 'published',
    clock_timestamp(), '2023-12-31', '2023-12-31'
from unnest(%(feeds)s::text[]) as f;
