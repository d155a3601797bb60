create view serving.audit_entries as
select
    e.entry_id,
    e.at::timestamptz as at,
    e.act,
    e.actor,
    e.subject,
    e.province,
    e.body::jsonb -> 'before' as before,
    e.body::jsonb -> 'after' as after,
    e.body::jsonb ->> 'reason' as reason,
    e.body::jsonb ->> 'version' as version,
    e.seal_id,
    e.at as at_text
from ledger.entry as e;

comment on view serving.audit_entries is 'The audit trail: who did what to what, when, and what it changed; for auditors and administrators';
comment on column serving.audit_entries.entry_id is 'Entry; numbers of acts that were taken back are missing';
comment on column serving.audit_entries.at is 'When';
comment on column serving.audit_entries.act is 'What was done: load, figures, account …';
comment on column serving.audit_entries.actor is 'Who did it: an account, a user of a machine, or a run of Airflow';
comment on column serving.audit_entries.subject is 'What it was done to, as a path';
comment on column serving.audit_entries.province is 'Code of the province; null where the act is of the whole hub';
comment on column serving.audit_entries.before is 'What was there before; personal data and secrets as hashes only';
comment on column serving.audit_entries.after is 'What was there afterwards; likewise';
comment on column serving.audit_entries.reason is 'Why, where the act has a reason';
comment on column serving.audit_entries.version is 'Version of the hub that did it';
comment on column serving.audit_entries.seal_id is 'Seal over the rows that the act wrote; null where it wrote none that is sealed';
comment on column serving.audit_entries.at_text is 'When, as the text by which entries are in the order of time: 2023-06-30T08:15:00.000000+07:00';
