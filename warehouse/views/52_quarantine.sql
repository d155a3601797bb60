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
    q.offences,
    case when q.replay_batch_id is not null then 'replayed' else coalesce(w.way, 'open') end as state,
    w.actor as decided_by,
    w.reason as decision_reason,
    w.decided_at,
    (
        select a.assignee from quality.decision as a
        where a.quarantine_id = q.quarantine_id and a.way = 'assigned'
        order by a.decision_id desc limit 1
    ) as assignee
from quality.quarantine as q
join ledger.batch as b on b.batch_id = q.batch_id
left join quality.decision as w on w.quarantine_id = q.quarantine_id and w.way <> 'assigned';

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
comment on column serving.quarantine.state is 'open, or its way out: replayed (mended and accepted), superseded (a later record replaced it), waived by an auditor, rejected for good';
comment on column serving.quarantine.decided_by is 'Who waived or rejected it, or noticed that it was superseded';
comment on column serving.quarantine.decision_reason is 'Why';
comment on column serving.quarantine.decided_at is 'When';
comment on column serving.quarantine.assignee is 'Account or organisation that is to see to it';
