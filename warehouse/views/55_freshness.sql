create view serving.freshness as
select
    b.province_id,
    b.source,
    b.feed,
    b.covered,
    b.settled,
    d.provisional,
    b.covered_to,
    b.loaded_at,
    b.batch_id,
    case when d.is_held_back then 'blocked' else b.newest_status end as last_attempt,
    b.last_attempt_at
from (
    select
        a.province_id,
        a.source,
        a.feed,
        range_agg(daterange(a.first_day, a.complete_to, '[]'))
            filter (where a.status = 'published' and a.kind = 'fetch' and a.complete_to is not null) as covered,
        range_agg(daterange(a.first_day, a.settled_to, '[]'))
            filter (where a.status = 'published' and a.kind = 'fetch' and a.settled_to is not null) as settled,
        max(a.complete_to) filter (where a.status = 'published') as covered_to,
        max(a.finished_at) filter (where a.status = 'published') as loaded_at,
        max(a.batch_id) filter (where a.status = 'published') as batch_id,
        (array_agg(a.status order by a.batch_id desc))[1] as newest_status,
        max(a.started_at) as last_attempt_at
    from access.delivery as a
    group by a.province_id, a.source, a.feed
) as b
-- By day, so that the work grows with the days that were read and not with the pairs of batches: a day is provisional by
-- its newest published batch, and held back where a blocked one is newer than that. Only of days that a provisional or
-- blocked batch was to bring: there are few.
left join (
    select
        n.province_id,
        n.source,
        n.feed,
        range_agg(daterange(n.day, n.day, '[]')) filter (where n.published % 2 = 1) as provisional,
        bool_or(n.blocked > coalesce(n.published, 0)) as is_held_back
    from (
        select
            a.province_id,
            a.source,
            a.feed,
            g.day::date as day,
            max(2 * a.batch_id + a.is_provisional::integer) filter (where a.status = 'published') as published,
            max(2 * a.batch_id) filter (where a.status = 'blocked') as blocked
        from access.delivery as a
        cross join lateral generate_series(a.first_day::timestamp, a.last_day::timestamp, '1 day') as g (day)
        where a.kind = 'fetch' and a.status in ('published', 'blocked')
            and exists (
                select from access.delivery as o
                where o.province_id = a.province_id and o.source = a.source and o.feed = a.feed and o.kind = 'fetch'
                    and (o.status = 'blocked' or o.status = 'published' and o.is_provisional)
                    and o.first_day <= a.last_day and a.first_day <= o.last_day
            )
        group by 1, 2, 3, 4
    ) as n
    group by n.province_id, n.source, n.feed
) as d using (province_id, source, feed);

comment on view serving.freshness is 'How far each feed is loaded, and how its last attempt went';
comment on column serving.freshness.province_id is 'Province, see serving.provinces';
comment on column serving.freshness.source is 'Source';
comment on column serving.freshness.feed is 'Feed';
comment on column serving.freshness.covered is 'Days that published batches cover: read after they had ended; a gap was never loaded, or was blocked';
comment on column serving.freshness.settled is 'Of these the days that were read after their late records had come, too';
comment on column serving.freshness.provisional is 'Days of which so many records were refused or values left out, or whose values are so unlike those before, that figures of them are provisional';
comment on column serving.freshness.covered_to is 'Last day that a published batch covers';
comment on column serving.freshness.loaded_at is 'When the newest published batch was published';
comment on column serving.freshness.batch_id is 'Newest published batch';
comment on column serving.freshness.last_attempt is 'blocked while days are held back that nothing has published since; else running, published, blocked or failed, of the newest batch';
comment on column serving.freshness.last_attempt_at is 'When the last attempt began';
