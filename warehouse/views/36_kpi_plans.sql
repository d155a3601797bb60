create view serving.kpi_plans as
select p.province_id, p.kpi_id as kpi, p.breakdown, p.year, p.plan, p.basis
from warehouse.kpi_plan as p;

comment on view serving.kpi_plans is 'Plans of a year that KPIs are measured against';
comment on column serving.kpi_plans.province_id is 'Province, see serving.provinces';
comment on column serving.kpi_plans.kpi is 'KPI whose denominator it is';
comment on column serving.kpi_plans.breakdown is 'Slice that the plan is for, such as account=payment';
comment on column serving.kpi_plans.year is 'Year of the plan';
comment on column serving.kpi_plans.plan is 'What was planned, in the unit of the numerator';
comment on column serving.kpi_plans.basis is 'Where the figure comes from';
