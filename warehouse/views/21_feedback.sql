create view serving.feedback as
select
    f.province_id,
    f.case_code,
    f.field_code as field,
    f.area_id,
    a.code as area,
    f.intake,
    f.status_code as status,
    f.received_day,
    f.received_at,
    f.due_at,
    f.completed_at,
    f.batch_id,
    f.page_number
from warehouse.fact_feedback as f
left join warehouse.dim_area as a on a.area_id = f.area_id;

comment on view serving.feedback is 'Citizens'' feedback, one row a case in its newest known state';
comment on column serving.feedback.province_id is 'Province, see serving.provinces';
comment on column serving.feedback.case_code is 'Case on the switchboard';
comment on column serving.feedback.field is 'Field that the case is about';
comment on column serving.feedback.area_id is 'Area, see serving.areas; the province itself where the record names none';
comment on column serving.feedback.area is 'Code of that area in its time';
comment on column serving.feedback.intake is 'How it came in';
comment on column serving.feedback.status is 'resolved, in_progress or refused, as known now';
comment on column serving.feedback.received_day is 'Day of receipt, Vietnam time';
comment on column serving.feedback.received_at is 'Received';
comment on column serving.feedback.due_at is 'Answer promised for';
comment on column serving.feedback.completed_at is 'Closed';
comment on column serving.feedback.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.feedback.page_number is 'Page of that batch, see serving.pages';
