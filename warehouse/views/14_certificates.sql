create view serving.certificates as
select
    f.province_id,
    f.serial,
    o.code as organisation,
    f.holder,
    f.issued_day,
    f.revoked_day,
    f.batch_id,
    f.page_number
from warehouse.fact_certificate as f
left join warehouse.dim_organisation as o on o.organisation_id = f.organisation_id;

comment on view serving.certificates is 'Digital certificates; one counts on a day if issued on or before it and not revoked on or before it';
comment on column serving.certificates.province_id is 'Province, see serving.provinces';
comment on column serving.certificates.serial is 'Serial number';
comment on column serving.certificates.organisation is 'Code of the organisation that it belongs to';
comment on column serving.certificates.holder is 'person or organisation';
comment on column serving.certificates.issued_day is 'Day of issue, Vietnam time';
comment on column serving.certificates.revoked_day is 'Day of revocation, Vietnam time; null while in force';
comment on column serving.certificates.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.certificates.page_number is 'Page of that batch, see serving.pages';
