create view serving.alerts as
select
    a.province_id,
    a.alert_id,
    a.channel,
    a.recipient,
    a.body ->> 'subject' as subject,
    a.status,
    a.attempts,
    a.last_error_vi,
    a.last_error_en,
    a.created_at,
    a.next_at,
    a.settled_at
from ledger.alert as a;

comment on view serving.alerts is 'Alerts about incidents: what waits, what was sent, and why others were not';
comment on column serving.alerts.province_id is 'Province, see serving.provinces';
comment on column serving.alerts.alert_id is 'Alert; part of the Message-ID, and the Idempotency-Key';
comment on column serving.alerts.channel is 'mail or webhook';
comment on column serving.alerts.recipient is 'Start of the SHA-256 of the address';
comment on column serving.alerts.subject is 'Subject';
comment on column serving.alerts.status is 'waiting, sent, refused, or unlisted: the recipient is no longer listed';
comment on column serving.alerts.attempts is 'Attempts to send it';
comment on column serving.alerts.last_error_vi is 'Why the last attempt failed, in Vietnamese';
comment on column serving.alerts.last_error_en is 'The same in English';
comment on column serving.alerts.created_at is 'Written, together with its incidents';
comment on column serving.alerts.next_at is 'Not to be sent before';
comment on column serving.alerts.settled_at is 'When it was sent, refused or dropped; null while it waits';
