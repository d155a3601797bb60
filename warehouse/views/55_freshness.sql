create view serving.freshness as
select
    b.province_id,
    b.source,
    b.feed,
    range_agg(daterange(b.first_day, b.complete_to, '[]'))
        filter (where b.status = 'published' and b.kind = 'fetch' and b.complete_to is not null) as covered,
    range_agg(daterange(b.first_day, b.settled_to, '[]'))
        filter (where b.status = 'published' and b.kind = 'fetch' and b.settled_to is not null) as settled,
    (
        select range_agg(multirange(daterange(p.first_day, p.last_day, '[]')) - coalesce((
            select range_agg(daterange(o.first_day, o.last_day, '[]'))
            from access.delivery as o
            where o.province_id = b.province_id and o.source = b.source and o.feed = b.feed
                and o.kind = 'fetch' and o.status = 'published' and not o.is_provisional and o.batch_id > p.batch_id
                and o.first_day <= p.last_day and o.last_day >= p.first_day
        ), '{}'))
        from (
            select distinct on (d.first_day, d.last_day) d.batch_id, d.first_day, d.last_day, d.is_provisional
            from access.delivery as d
            where d.province_id = b.province_id and d.source = b.source and d.feed = b.feed
                and d.kind = 'fetch' and d.status = 'published'
            order by d.first_day, d.last_day, d.batch_id desc
        ) as p
        where p.is_provisional
    ) as provisional,
    max(b.complete_to) filter (where b.status = 'published') as covered_to,
    max(b.finished_at) filter (where b.status = 'published') as loaded_at,
    max(b.batch_id) filter (where b.status = 'published') as batch_id,
    case
        when exists (
            select from access.delivery as h
            where h.province_id = b.province_id and h.source = b.source and h.feed = b.feed
                and h.kind = 'fetch' and h.status = 'blocked'
                and not coalesce((
                    select range_agg(daterange(o.first_day, o.last_day, '[]')) @> daterange(h.first_day, h.last_day, '[]')
                    from access.delivery as o
                    where o.province_id = h.province_id and o.source = h.source and o.feed = h.feed
                        and o.kind = 'fetch' and o.status = 'published' and o.batch_id > h.batch_id
                ), false)
        ) then 'blocked'
        else (array_agg(b.status order by b.batch_id desc))[1]
    end as last_attempt,
    max(b.started_at) as last_attempt_at
from access.delivery as b
group by b.province_id, b.source, b.feed;

comment on view serving.freshness is 'How far each feed is loaded, and how its last attempt went';
comment on column serving.freshness.province_id is 'Province, see serving.provinces';
comment on column serving.freshness.source is 'Source';
comment on column serving.freshness.feed is 'Feed';
comment on column serving.freshness.covered is 'Days that published batches cover: read after they had ended; a gap was never loaded, or was blocked';
comment on column serving.freshness.settled is 'Of these the days that were read after their late records had come, too';
comment on column serving.freshness.provisional is 'Days of which so many records were refused, or so many values left out, that figures of them are provisional';
comment on column serving.freshness.covered_to is 'Last day that a published batch covers';
comment on column serving.freshness.loaded_at is 'When the newest published batch was published';
comment on column serving.freshness.batch_id is 'Newest published batch';
comment on column serving.freshness.last_attempt is 'blocked while days are held back that nothing has published since; else running, published, blocked or failed, of the newest batch';
comment on column serving.freshness.last_attempt_at is 'When the last attempt began';
