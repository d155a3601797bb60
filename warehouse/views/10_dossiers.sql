-- One row a dossier in its newest known state. The dimensions are joined on their keys from the left, so that a
-- query which names none of their columns does not pay for them.
create view serving.dossiers as
select
    f.province_id,
    f.dossier_code,
    o.code as organisation,
    s.code as service,
    s.field_code as field,
    f.area_id,
    a.code as area,
    f.channel_code as channel,
    f.level,
    f.status_code as status,
    f.received_at is not null and f.status_code not in ('new', 'not_accepted') as is_received,
    f.ended_at is not null and f.status_code in ('processed', 'returned') as is_resolved,
    coalesce(f.ended_at <= f.due_at, true) as is_on_time,
    case when coalesce(f.ended_at <= f.due_at, true) then 'on_time' else 'late' end as timeliness,
    f.received_day,
    f.ended_day,
    f.filed_at,
    f.received_at,
    f.due_at,
    f.ended_at,
    f.returned_at,
    f.batch_id,
    f.page_number
from warehouse.fact_dossier as f
left join warehouse.dim_organisation as o on o.organisation_id = f.organisation_id
left join warehouse.dim_service as s on s.service_id = f.service_id
left join warehouse.dim_area as a on a.area_id = f.area_id;

comment on view serving.dossiers is 'Dossiers of the one-stop system, one row each, in their newest known state';
comment on column serving.dossiers.province_id is 'Province, see serving.provinces';
comment on column serving.dossiers.dossier_code is 'Dossier code of the one-stop system';
comment on column serving.dossiers.organisation is 'Code of the organisation that handles it';
comment on column serving.dossiers.service is 'Code of the administrative procedure';
comment on column serving.dossiers.field is 'Code of the procedure''s field; null until the catalogue has listed it';
comment on column serving.dossiers.area_id is 'Commune, see serving.areas; the province itself for what is handled at province level';
comment on column serving.dossiers.area is 'Code of that area in its time';
comment on column serving.dossiers.channel is 'direct, online or post; post is neither direct nor online';
comment on column serving.dossiers.level is 'Level of the service at filing: 2 information, 3 partial, 4 full online service';
comment on column serving.dossiers.status is 'State in the newest version';
comment on column serving.dossiers.is_received is 'Accepted for handling: has a moment of receipt and is neither new nor refused at the door';
comment on column serving.dossiers.is_resolved is 'Processed or returned, with a moment at which processing ended';
comment on column serving.dossiers.is_on_time is 'Ended no later than promised; a dossier without a promise is on time. Only meaningful where is_resolved';
comment on column serving.dossiers.timeliness is 'on_time or late, as is_on_time';
comment on column serving.dossiers.received_day is 'Day of receipt, Vietnam time';
comment on column serving.dossiers.ended_day is 'Day on which processing ended, Vietnam time';
comment on column serving.dossiers.filed_at is 'Handed in';
comment on column serving.dossiers.received_at is 'Accepted for handling';
comment on column serving.dossiers.due_at is 'Promised for';
comment on column serving.dossiers.ended_at is 'Processing ended';
comment on column serving.dossiers.returned_at is 'Result handed over';
comment on column serving.dossiers.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.dossiers.page_number is 'Page of that batch, see serving.pages';
