create view serving.rule_results as
select
    b.province_id,
    r.batch_id,
    b.source,
    b.feed,
    r.rule_id as rule,
    r.severity,
    r.expectation,
    r.executed,
    r.passed,
    r.evaluated,
    r.failed,
    r.observed,
    r.description_vi,
    r.description_en
from quality.rule_result as r
join ledger.batch as b on b.batch_id = r.batch_id;

comment on view serving.rule_results is 'What every rule said of every batch';
comment on column serving.rule_results.province_id is 'Province, see serving.provinces';
comment on column serving.rule_results.batch_id is 'Batch';
comment on column serving.rule_results.source is 'Source';
comment on column serving.rule_results.feed is 'Feed';
comment on column serving.rule_results.rule is 'Rule of the feed';
comment on column serving.rule_results.severity is 'reject a row, block the batch, or warn';
comment on column serving.rule_results.expectation is 'Great Expectations type that judged';
comment on column serving.rule_results.executed is 'False blocks the batch';
comment on column serving.rule_results.passed is 'Whether the rule held; null where there was nothing to measure';
comment on column serving.rule_results.evaluated is 'Rows looked at';
comment on column serving.rule_results.failed is 'Rows that broke it';
comment on column serving.rule_results.observed is 'What was measured, for rules about the whole batch';
comment on column serving.rule_results.description_vi is 'The rule in words, in Vietnamese';
comment on column serving.rule_results.description_en is 'The rule in words, in English';
