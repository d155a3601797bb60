create view serving.cases as
select
    f.province_id,
    f.source,
    f.case_code,
    f.kind,
    f.class,
    f.channel,
    f.area_id,
    a.code as area,
    o.code as organisation,
    f.status,
    f.outcome,
    f.received_day,
    f.due_day,
    f.due_day + 1 as overdue_day,
    f.done_day,
    null::date as never_day,
    f.received_at,
    f.due_at,
    f.done_at,
    f.quantity,
    f.amount_vnd,
    f.batch_id,
    f.page_number
from warehouse.fact_case as f
left join warehouse.dim_area as a on a.area_id = f.area_id
left join warehouse.dim_organisation as o on o.organisation_id = f.organisation_id;

comment on view serving.cases is 'Cases of any subject, one row a case in its newest known state';
comment on column serving.cases.province_id is 'Province, see serving.provinces';
comment on column serving.cases.source is 'Source that the case comes from';
comment on column serving.cases.case_code is 'Case at the source';
comment on column serving.cases.kind is 'What kind of case, as the source''s specification names it';
comment on column serving.cases.class is 'What it is about, as the source''s specification names it';
comment on column serving.cases.channel is 'How it came in, as the source''s specification names it';
comment on column serving.cases.area_id is 'Area, see serving.areas; the province itself where the record names none';
comment on column serving.cases.area is 'Code of that area in its time';
comment on column serving.cases.organisation is 'Code of the organisation that handles it';
comment on column serving.cases.status is 'planned, open, done, refused or cancelled, as known now';
comment on column serving.cases.outcome is 'What came of it, as the source''s specification names it';
comment on column serving.cases.received_day is 'Day of receipt, Vietnam time';
comment on column serving.cases.due_day is 'Day for which it was promised, Vietnam time';
comment on column serving.cases.overdue_day is 'First day on which it is late unless it was done before';
comment on column serving.cases.done_day is 'Day on which it was done, Vietnam time';
comment on column serving.cases.never_day is 'Always null: the end of what counts for ever from a day on';
comment on column serving.cases.received_at is 'Received, or begun';
comment on column serving.cases.due_at is 'Promised for';
comment on column serving.cases.done_at is 'Done';
comment on column serving.cases.quantity is 'How many things or people it is about';
comment on column serving.cases.amount_vnd is 'Money that it is about, in VND';
comment on column serving.cases.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.cases.page_number is 'Page of that batch, see serving.pages';
