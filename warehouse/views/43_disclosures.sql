create view serving.disclosures as
select
    d.province_id,
    d.kpi_id as kpi,
    d.judged_to,
    d.judgements
from kpi.disclosure as d;

comment on view serving.disclosures is 'How far the published figures about persons were judged; later ones do not leave the hub';
comment on column serving.disclosures.province_id is 'Province, see serving.provinces';
comment on column serving.disclosures.kpi is 'KPI';
comment on column serving.disclosures.judged_to is 'Figures that were recorded until then were judged';
comment on column serving.disclosures.judgements is 'How often it was judged';
