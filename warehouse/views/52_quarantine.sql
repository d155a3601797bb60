-- The refused record itself stays in schema quality: a reader needs to know that, why (by which values; of personal
-- fields none) and where from, not what else it says. What its row would say in a view that counts it is in that view's
-- twin, such as serving.refused_dossiers.
create view serving.quarantine as
select
    b.province_id,
    q.quarantine_id,
    q.batch_id,
    b.source,
    b.feed,
    q.page_number,
    q.row_number,
    q.record_key,
    q.rules,
    q.replay_batch_id,
    q.quarantined_at,
    q.offences
from quality.quarantine as q
join ledger.batch as b on b.batch_id = q.batch_id;

comment on view serving.quarantine is 'Records that a rule refused, without their contents but for the values that broke rules';
comment on column serving.quarantine.province_id is 'Province, see serving.provinces';
comment on column serving.quarantine.quarantine_id is 'Refused record';
comment on column serving.quarantine.batch_id is 'Batch';
comment on column serving.quarantine.source is 'Source';
comment on column serving.quarantine.feed is 'Feed';
comment on column serving.quarantine.page_number is 'Page on which it came, see serving.pages';
comment on column serving.quarantine.row_number is 'Place in the batch, from 1';
comment on column serving.quarantine.record_key is 'The record''s identity, where it has one';
comment on column serving.quarantine.rules is 'Rules that it broke';
comment on column serving.quarantine.replay_batch_id is 'Batch that accepted it after a fix';
comment on column serving.quarantine.quarantined_at is 'Refused';
comment on column serving.quarantine.offences is 'What it broke each rule with: [{rule, column, value}], the value as it came, cut at 200 characters, null for a personal field; null where an earlier version of the hub refused the record';
