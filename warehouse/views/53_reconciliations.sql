create view serving.reconciliations as
select
    b.province_id,
    r.reconciliation_id,
    r.batch_id,
    b.source,
    b.feed,
    r.measure,
    r.breakdown,
    r.first_day,
    r.last_day,
    r.source_value,
    r.hub_value,
    r.severity,
    r.equal as is_equal,
    r.correlation_id,
    r.made_at
from quality.reconciliation as r
join ledger.batch as b on b.batch_id = r.batch_id;

comment on view serving.reconciliations is 'Control totals of the sources beside the hub''s own counts';
comment on column serving.reconciliations.province_id is 'Province, see serving.provinces';
comment on column serving.reconciliations.reconciliation_id is 'Comparison';
comment on column serving.reconciliations.batch_id is 'Batch after which it was made';
comment on column serving.reconciliations.source is 'Source';
comment on column serving.reconciliations.feed is 'Feed';
comment on column serving.reconciliations.measure is 'KPI and measure compared';
comment on column serving.reconciliations.breakdown is 'Slice compared, empty for the whole';
comment on column serving.reconciliations.first_day is 'First day';
comment on column serving.reconciliations.last_day is 'Last day, inclusive';
comment on column serving.reconciliations.source_value is 'The source''s own count';
comment on column serving.reconciliations.hub_value is 'The hub''s count';
comment on column serving.reconciliations.severity is 'block or warn';
comment on column serving.reconciliations.is_equal is 'Whether they agree';
comment on column serving.reconciliations.correlation_id is 'X-Correlation-Id of the call';
comment on column serving.reconciliations.made_at is 'Compared';
