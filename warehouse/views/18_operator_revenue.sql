create view serving.operator_revenue as
select
    f.province_id,
    f.month_end_day,
    f.sector,
    f.operator_code as operator,
    f.service,
    f.revenue_vnd,
    f.items,
    f.batch_id,
    f.page_number
from warehouse.fact_revenue as f;

comment on view serving.operator_revenue is 'Monthly revenue of telecom and postal operators, newest submission of each';
comment on column serving.operator_revenue.province_id is 'Province, see serving.provinces';
comment on column serving.operator_revenue.month_end_day is 'Last day of the month that the revenue is of';
comment on column serving.operator_revenue.sector is 'telecom or post';
comment on column serving.operator_revenue.operator is 'Operator that earned it';
comment on column serving.operator_revenue.service is 'Kind of service, as the operator names it';
comment on column serving.operator_revenue.revenue_vnd is 'Revenue of the month in VND';
comment on column serving.operator_revenue.items is 'Postal items carried; null for telecom';
comment on column serving.operator_revenue.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.operator_revenue.page_number is 'Page of that batch, see serving.pages';
