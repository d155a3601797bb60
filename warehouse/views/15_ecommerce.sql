create view serving.ecommerce as
select
    f.province_id,
    f.day,
    f.platform_code as platform,
    f.listings,
    f.transactions,
    f.orders,
    f.revenue_vnd,
    f.buyer_accounts,
    f.trained_households,
    f.batch_id,
    f.page_number
from warehouse.fact_ecommerce as f;

comment on view serving.ecommerce is 'Running totals of the e-commerce platforms, one row a platform and published day';
comment on column serving.ecommerce.province_id is 'Province, see serving.provinces';
comment on column serving.ecommerce.day is 'Day of the snapshot; the portal skips days';
comment on column serving.ecommerce.platform is 'Platform';
comment on column serving.ecommerce.listings is 'Products on the platform';
comment on column serving.ecommerce.transactions is 'Successful transactions, cumulative';
comment on column serving.ecommerce.orders is 'Orders, cumulative';
comment on column serving.ecommerce.revenue_vnd is 'Revenue of orders in VND, cumulative';
comment on column serving.ecommerce.buyer_accounts is 'Buyers'' accounts, cumulative';
comment on column serving.ecommerce.trained_households is 'Producing households trained, cumulative';
comment on column serving.ecommerce.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.ecommerce.page_number is 'Page of that batch, see serving.pages';
