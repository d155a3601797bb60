create view serving.documents as
select
    f.province_id,
    f.document_code,
    o.code as organisation,
    f.steering_type,
    f.urgency,
    f.secret as is_secret,
    f.signed as is_signed,
    f.issued_day,
    f.issued_at,
    f.signed_at,
    f.batch_id,
    f.page_number
from warehouse.fact_document as f
left join warehouse.dim_organisation as o on o.organisation_id = f.organisation_id;

comment on view serving.documents is 'Issued documents, one row each, signed or not as known now';
comment on column serving.documents.province_id is 'Province, see serving.provinces';
comment on column serving.documents.document_code is 'Document id at the source';
comment on column serving.documents.organisation is 'Code of the organisation that issued it';
comment on column serving.documents.steering_type is 'Kind of steering document';
comment on column serving.documents.urgency is 'Urgency';
comment on column serving.documents.is_secret is 'Classified: left out of signing rates';
comment on column serving.documents.is_signed is 'Signed digitally, as known now';
comment on column serving.documents.issued_day is 'Day of promulgation, Vietnam time';
comment on column serving.documents.issued_at is 'Promulgated';
comment on column serving.documents.signed_at is 'Signed digitally';
comment on column serving.documents.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.documents.page_number is 'Page of that batch, see serving.pages';
