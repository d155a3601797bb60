create view serving.kpi_fields as
select k.kpi_id as kpi, k.field_code as field
from warehouse.kpi_field as k;

comment on view serving.kpi_fields is 'The field that each KPI belongs to';
comment on column serving.kpi_fields.kpi is 'KPI';
comment on column serving.kpi_fields.field is 'Code of the field, see serving.fields';
