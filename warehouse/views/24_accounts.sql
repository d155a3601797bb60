create view serving.accounts as
select
    f.province_id,
    f.day,
    f.account,
    f.platform,
    f.area_id,
    a.code as area,
    f.accounts,
    f.batch_id,
    f.page_number
from warehouse.fact_account as f
left join warehouse.dim_area as a on a.area_id = f.area_id;

comment on view serving.accounts is 'Digital accounts of citizens, running totals by day';
comment on column serving.accounts.province_id is 'Province, see serving.provinces';
comment on column serving.accounts.day is 'Day of the count';
comment on column serving.accounts.account is 'citizen_app, payment or commerce';
comment on column serving.accounts.platform is 'postmart or voso for commerce; none for the others';
comment on column serving.accounts.area_id is 'Area, see serving.areas; the province itself where the record names none';
comment on column serving.accounts.area is 'Code of that area in its time';
comment on column serving.accounts.accounts is 'Accounts opened until then';
comment on column serving.accounts.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.accounts.page_number is 'Page of that batch, see serving.pages';
