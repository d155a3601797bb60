create view serving.articles as
select
    f.province_id,
    f.article_code,
    f.outlet,
    f.sentiment,
    f.published_day,
    f.published_at,
    f.batch_id,
    f.page_number
from warehouse.fact_article as f;

comment on view serving.articles is 'Press articles about the province';
comment on column serving.articles.province_id is 'Province, see serving.provinces';
comment on column serving.articles.article_code is 'Article at the press monitor';
comment on column serving.articles.outlet is 'Newspaper or channel';
comment on column serving.articles.sentiment is 'positive, negative or neutral; null until it is classified';
comment on column serving.articles.published_day is 'Day of publication, Vietnam time';
comment on column serving.articles.published_at is 'Published';
comment on column serving.articles.batch_id is 'Batch that last wrote the row, see serving.batches';
comment on column serving.articles.page_number is 'Page of that batch, see serving.pages';
