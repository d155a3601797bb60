create view serving.kpi_notes as
select
    n.province_id,
    n.note_id,
    n.kpi_id as kpi,
    a.code as area,
    n.area_id,
    n.first_day,
    n.last_day,
    n.text,
    case when n.author like 'account:%' then substr(n.author, 9) end as author,
    n.written_at,
    n.withdrawn_at,
    case when n.withdrawn_by like 'account:%' then substr(n.withdrawn_by, 9) end as withdrawn_by
from kpi.note as n
left join warehouse.dim_area as a on a.area_id = n.area_id;

comment on view serving.kpi_notes is 'Notes by which persons explain figures, for everyone who sees the figures of the KPI and area';
comment on column serving.kpi_notes.province_id is 'Province, see serving.provinces';
comment on column serving.kpi_notes.note_id is 'Note';
comment on column serving.kpi_notes.kpi is 'KPI';
comment on column serving.kpi_notes.area is 'Code of the area';
comment on column serving.kpi_notes.area_id is 'Area, see serving.areas';
comment on column serving.kpi_notes.first_day is 'First day that it explains';
comment on column serving.kpi_notes.last_day is 'Last day that it explains, inclusive';
comment on column serving.kpi_notes.text is 'What it says; null of one that was withdrawn';
comment on column serving.kpi_notes.author is 'Login of the account that wrote it; null of one that was written by a command';
comment on column serving.kpi_notes.written_at is 'When it was written';
comment on column serving.kpi_notes.withdrawn_at is 'When it was withdrawn; null while it stands';
comment on column serving.kpi_notes.withdrawn_by is 'Login of the account that withdrew it; null while it stands, and where a command did';
