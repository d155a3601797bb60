create view serving.indicators as
select i.source, i.code as indicator, i.name_vi, i.name_en, i.unit, i.counts, i.grain, i.adds_over
from warehouse.dim_indicator as i;

comment on view serving.indicators is 'Indicators that sources count themselves';
comment on column serving.indicators.source is 'Source that counts it';
comment on column serving.indicators.indicator is 'Code of the indicator';
comment on column serving.indicators.name_vi is 'Name in Vietnamese';
comment on column serving.indicators.name_en is 'Name in English';
comment on column serving.indicators.unit is 'Unit of its values';
comment on column serving.indicators.counts is 'flow: what happened in the days of a value; stock: the state on the last of them';
comment on column serving.indicators.grain is 'day, month or year: what the days of each value are';
comment on column serving.indicators.adds_over is 'Slices over which values of the same days add up: area, organisation, kind, class';
