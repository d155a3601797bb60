-- One number that rises with everything that is published, to know cheaply whether anything changed: the parts are
-- added, so that a transaction that ends later than one that began after it raises the number too.
create view serving.data_versions as
select
    coalesce((select max(o.observation_id) from kpi.observation as o), 0)
    + coalesce((select sum(r.batch_id) from kpi.refresh as r), 0)::bigint
    + coalesce((select sum(d.judgements) from kpi.disclosure as d), 0)::bigint
    + (select count(*) from kpi.definition)
    + (select count(*) + count(n.withdrawn_at) from kpi.note as n)
    + (select count(*) from quality.decision)
    + (select count(*) from quality.release)
    + (select count(b.finished_at) + coalesce(max(b.batch_id), 0) from ledger.batch as b) as version;

comment on view serving.data_versions is 'How much was published until now, as one number without a meaning of its own; of what the account sees';
comment on column serving.data_versions.version is 'Rises with every batch, every published value, every note and every decision about refused records';
