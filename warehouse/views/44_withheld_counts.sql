create view serving.withheld_counts as
select
    w.province_id,
    w.kpi_id as kpi,
    w.first_day,
    w.last_day,
    w.area_id,
    w.breakdown
from kpi.withheld_count as w;

comment on view serving.withheld_counts is 'Counts about persons that do not leave the hub: small ones, and those that would tell one';
comment on column serving.withheld_counts.province_id is 'Province, see serving.provinces';
comment on column serving.withheld_counts.kpi is 'KPI';
comment on column serving.withheld_counts.first_day is 'First day that is counted: of a flow the first of a year';
comment on column serving.withheld_counts.last_day is 'Last day that is counted: of a flow the last of a month';
comment on column serving.withheld_counts.area_id is 'Area, see serving.areas';
comment on column serving.withheld_counts.breakdown is 'Slice such as level=4, empty for the whole of the area';
