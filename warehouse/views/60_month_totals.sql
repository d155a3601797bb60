create view serving.month_totals as
select
    m.province_id,
    m.source,
    m.feed,
    m.month,
    m.rule_id as rule,
    m.runs,
    m.broken,
    m.evaluated,
    m.failed
from quality.month_total as m;

comment on view serving.month_totals is 'What rules said of batches, added up by the month of their last day';
comment on column serving.month_totals.province_id is 'Province, see serving.provinces';
comment on column serving.month_totals.source is 'Source';
comment on column serving.month_totals.feed is 'Feed';
comment on column serving.month_totals.month is 'First day of the month';
comment on column serving.month_totals.rule is 'Rule of the feed';
comment on column serving.month_totals.runs is 'Batches on which the rule ran';
comment on column serving.month_totals.broken is 'Of these the batches that broke it';
comment on column serving.month_totals.evaluated is 'Rows looked at';
comment on column serving.month_totals.failed is 'Rows that broke it';
