create view serving.batches as
select
    b.province_id,
    b.batch_id,
    b.source,
    b.feed,
    b.first_day,
    b.last_day,
    b.kind,
    b.replayed_batch_id,
    b.status,
    b.declared,
    b.fetched,
    b.repeated,
    b.loaded,
    b.unchanged,
    b.superseded,
    b.quarantined,
    b.removed,
    b.changed_from,
    b.reason_vi,
    b.reason_en,
    b.spec_sha256,
    b.started_at,
    b.finished_at,
    b.run_id,
    b.read_at,
    b.complete_to,
    b.settled_to,
    b.is_provisional and r.batch_id is null as is_provisional,
    r.released_at,
    v.passed,
    v.declared_rules,
    v.executed_rules
from ledger.batch as b
left join quality.verdict as v on v.batch_id = b.batch_id
left join quality.release as r on r.batch_id = b.batch_id;

comment on view serving.batches is 'Every attempt to load a slice of a feed, with its account: fetched = loaded + unchanged + superseded + quarantined';
comment on column serving.batches.province_id is 'Province, see serving.provinces';
comment on column serving.batches.batch_id is 'Batch';
comment on column serving.batches.source is 'Source';
comment on column serving.batches.feed is 'Feed';
comment on column serving.batches.first_day is 'First day of the slice';
comment on column serving.batches.last_day is 'Last day of the slice, inclusive';
comment on column serving.batches.kind is 'fetch, or replay of quarantined records';
comment on column serving.batches.replayed_batch_id is 'Batch whose quarantine is replayed';
comment on column serving.batches.status is 'running, published, blocked or failed';
comment on column serving.batches.declared is 'Records that the source declared; null where it declares none';
comment on column serving.batches.fetched is 'Records read from the wire; one that came again in the same read counts once';
comment on column serving.batches.repeated is 'Times that a record came again in the read';
comment on column serving.batches.loaded is 'Records that changed a fact';
comment on column serving.batches.unchanged is 'Records that the facts already held';
comment on column serving.batches.superseded is 'Older versions of a record';
comment on column serving.batches.quarantined is 'Records refused by a rule';
comment on column serving.batches.removed is 'Fact rows that a replacing snapshot no longer lists';
comment on column serving.batches.changed_from is 'Earliest day whose figures the batch can change';
comment on column serving.batches.reason_vi is 'Why it was blocked or failed, and what to do, in Vietnamese';
comment on column serving.batches.reason_en is 'The same in English';
comment on column serving.batches.spec_sha256 is 'Hash of the feed''s specification';
comment on column serving.batches.started_at is 'Started';
comment on column serving.batches.finished_at is 'Published, blocked or failed';
comment on column serving.batches.run_id is 'First batch of the load that it is a slice of';
comment on column serving.batches.read_at is 'When its reading began, by the hub''s clock or the source''s, whichever is behind';
comment on column serving.batches.complete_to is 'Last day of the slice that had ended when it was read';
comment on column serving.batches.settled_to is 'Last day of the slice whose late records had come, too, when it was read';
comment on column serving.batches.is_provisional is 'Published with so many refused records that figures of its days are provisional';
comment on column serving.batches.released_at is 'Since when that no longer holds, as enough of its refused records have a way out; null where it was not so, or still is';
comment on column serving.batches.passed is 'The gate''s word; null before it was judged';
comment on column serving.batches.declared_rules is 'Rules that the specification declares';
comment on column serving.batches.executed_rules is 'Rules that ran';
