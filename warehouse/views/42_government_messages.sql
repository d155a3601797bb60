create view serving.government_messages as
select
    m.province_id,
    m.message_id,
    m.kpi_id as kpi,
    m.first_day,
    m.last_day,
    m.observation_id,
    o.revision,
    o.value,
    m.version,
    m.body,
    m.status,
    m.receipt,
    m.refusal,
    m.attempts,
    m.last_error_vi,
    m.last_error_en,
    m.created_at,
    m.sent_at,
    m.settled_at
from kpi.government_message as m
join kpi.observation as o on o.observation_id = m.observation_id;

comment on view serving.government_messages is 'What was told to the Government''s operations centre, and its answers';
comment on column serving.government_messages.province_id is 'Province, see serving.provinces';
comment on column serving.government_messages.message_id is 'Idempotency key of the message';
comment on column serving.government_messages.kpi is 'Indicator';
comment on column serving.government_messages.first_day is 'First day of the period';
comment on column serving.government_messages.last_day is 'Last day of the period, inclusive';
comment on column serving.government_messages.observation_id is 'Observation that it tells';
comment on column serving.government_messages.revision is 'Revision of that observation';
comment on column serving.government_messages.value is 'Value of that observation';
comment on column serving.government_messages.version is 'phien_ban; null until it is sent';
comment on column serving.government_messages.body is 'What was sent; null until then';
comment on column serving.government_messages.status is 'waiting, sending, accepted, refused or superseded';
comment on column serving.government_messages.receipt is 'ma_nhan, the Government''s receipt';
comment on column serving.government_messages.refusal is 'What the Government refused, and why';
comment on column serving.government_messages.attempts is 'Times that it was sent';
comment on column serving.government_messages.last_error_vi is 'Why the last attempt did not come to an end, in Vietnamese';
comment on column serving.government_messages.last_error_en is 'The same in English';
comment on column serving.government_messages.created_at is 'Written, together with its observation';
comment on column serving.government_messages.sent_at is 'Last attempt';
comment on column serving.government_messages.settled_at is 'Accepted, refused or superseded';
