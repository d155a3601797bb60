create view serving.pages as
select
    b.province_id,
    p.batch_id,
    b.source,
    b.feed,
    p.page_number,
    p.wire_sha256,
    coalesce(r.replacement_sha256, p.landed_sha256) as landed_sha256,
    p.correlation_id,
    p.request,
    p.records,
    p.wire_bytes,
    p.unknown_fields,
    p.fetched_at
from landing.page as p
join ledger.batch as b on b.batch_id = p.batch_id
left join landing.replaced_page as r on r.landed_sha256 = p.landed_sha256;

comment on view serving.pages is 'Pages as they came over the wire: hashes and call, not contents';
comment on column serving.pages.province_id is 'Province, see serving.provinces';
comment on column serving.pages.batch_id is 'Batch';
comment on column serving.pages.source is 'Source';
comment on column serving.pages.feed is 'Feed';
comment on column serving.pages.page_number is 'Place in the batch, from 1';
comment on column serving.pages.wire_sha256 is 'SHA-256 of the bytes as they came';
comment on column serving.pages.landed_sha256 is 'SHA-256 of the redacted page as it lies in the landing, and its name there';
comment on column serving.pages.correlation_id is 'X-Correlation-Id of the call';
comment on column serving.pages.request is 'Method, path and parameters; no credentials';
comment on column serving.pages.records is 'Records on the page';
comment on column serving.pages.wire_bytes is 'Size as it came, unpacked';
comment on column serving.pages.unknown_fields is 'Names of fields that the specification does not know';
comment on column serving.pages.fetched_at is 'Received';
