create view serving.work_files as
select
    f.province_id,
    f.work_code,
    o.code as organisation,
    f.tier,
    f.secret as is_secret,
    f.handled_online as is_handled_online,
    f.closed_day,
    f.opened_at,
    f.closed_at,
    f.batch_id,
    f.page_number
from warehouse.fact_work_file as f
left join warehouse.dim_organisation as o on o.organisation_id = f.organisation_id;

comment on view serving.work_files is 'Work files of the document system, one row each';
comment on column serving.work_files.province_id is 'Province, see serving.provinces';
comment on column serving.work_files.work_code is 'Work file id at the source';
comment on column serving.work_files.organisation is 'Code of the organisation that handles it';
comment on column serving.work_files.tier is 'province, district or commune';
comment on column serving.work_files.is_secret is 'Classified: left out of electronic-work rates';
comment on column serving.work_files.is_handled_online is 'Handled on the network from end to end';
comment on column serving.work_files.closed_day is 'Day of closing, Vietnam time; null while it is open';
comment on column serving.work_files.opened_at is 'Opened';
comment on column serving.work_files.closed_at is 'Closed';
comment on column serving.work_files.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.work_files.page_number is 'Page of that batch, see serving.pages';
