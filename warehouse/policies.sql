-- What the account behind a statement may see, for the policies in policies.py. Without an account every function
-- gives null, false or nothing, so nothing is visible. They run with their owner's rights, since those whom they judge
-- may not read accounts, and in the leading process only. No reader has schema access in sight: they are reached
-- through policies, not by name.

create or replace function access.account_id() returns integer
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    -- The web process acts as ioc_screens and names its caller. For anyone else the login counts, which a client
    -- cannot choose; whoever may set the role to ioc_screens is trusted to name the caller.
    select a.account_id from access.account as a
    where a.disabled_at is null and case
        when current_setting('role', true) = 'ioc_screens'
        then a.account_id::text = current_setting('ioc.account', true)
        else a.db_role = session_user::text
    end;
end;
comment on function access.account_id() is 'The account behind the statement; null = none, or a disabled one';

create or replace function access.provinces() returns smallint[]
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select array_agg(p.province_id)
    from warehouse.dim_province as p
    join access.account as a on a.province_id is null or a.province_id = p.province_id
    where a.account_id = (select access.account_id());
end;
comment on function access.provinces() is 'Provinces that it sees';

create or replace function access.all_provinces() returns boolean
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select a.province_id is null from access.account as a where a.account_id = (select access.account_id());
end;
comment on function access.all_provinces() is 'Whether it sees all provinces of the hub';

create or replace function access.audits() returns boolean
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select a.role in ('auditor', 'admin') from access.account as a where a.account_id = (select access.account_id());
end;
comment on function access.audits() is 'Whether it may read the audit trail: auditors and administrators';

create or replace function access.all_areas() returns boolean
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select a.area_id is null from access.account as a where a.account_id = (select access.account_id());
end;
comment on function access.all_areas() is 'Whether it sees the whole province: also what bears no area';

create or replace function access.all_organisations() returns boolean
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select a.organisations is null from access.account as a where a.account_id = (select access.account_id());
end;
comment on function access.all_organisations() is 'Whether it sees all organisations: also what bears none';

create or replace function access.all_fields() returns boolean
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select a.fields is null from access.account as a where a.account_id = (select access.account_id());
end;
comment on function access.all_fields() is 'Whether it sees all fields: also what belongs to none';

create or replace function access.own_areas() returns setof integer
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    with own as (
        select d.area_id
        from access.account as a
        join warehouse.dim_area as d on d.ancestor_ids @> array[a.area_id]
        where a.account_id = (select access.account_id())
    )
    select area_id from own
    -- and the same land in the other era, as far as all of it lies within
    union
    select s.area_id from warehouse.area_successor as s
    where s.area_id in (select t.area_id from warehouse.area_successor as t join own on own.area_id = t.successor_id)
    group by s.area_id having bool_and(s.successor_id in (select area_id from own))
    union
    select s.successor_id from warehouse.area_successor as s
    where s.successor_id in (select t.successor_id from warehouse.area_successor as t join own using (area_id))
    group by s.successor_id having bool_and(s.area_id in (select area_id from own));
end;
comment on function access.own_areas() is 'Areas of an account that is limited to one: it, all below it, and their land in the other era';

create or replace function access.areas() returns int4multirange
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select range_agg(int4range(o.area_id, o.area_id, '[]')) from access.own_areas() as o (area_id);
end;
comment on function access.areas() is 'The same as a set that is quick to ask for every row';

create or replace function access.find_named_areas() returns int4multirange
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    with inside as materialized (
        select d.area_id, d.ancestor_ids from warehouse.dim_area as d
        where d.ancestor_ids && array(
            select r.area_id
            from access.account as a
            join warehouse.dim_province as p using (province_id)
            join warehouse.dim_area as r on r.code = p.area_code and r.level = 'province'
            where a.account_id = (select access.account_id()) and a.area_id is null
        )
    ), beside as (
        -- by arrays: the planner takes inside for thousands of areas, and would join all that there are
        select d.ancestor_ids from warehouse.dim_area as d where d.area_id = any(array(
            select s.successor_id from warehouse.area_successor as s
            where s.area_id = any(array(select i.area_id from inside as i))
            union select o.area_id from access.own_areas() as o (area_id)
        ))
    )
    select range_agg(int4range(named.area_id, named.area_id, '[]')) from (
        select unnest(i.ancestor_ids) as area_id from inside as i
        union select unnest(b.ancestor_ids) from beside as b
    ) as named;
end;
comment on function access.find_named_areas() is 'Areas that an account of a province may know by name: those that it sees, and what contains them';

create or replace function access.named_areas() returns int4multirange
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    -- To find them takes milliseconds, and each reference to areas asks for them. The web process may name what it was
    -- told before in the same state, see serving.reading_state; it is trusted with that as with the account.
    select case
        when current_setting('role', true) = 'ioc_screens' and current_setting('ioc.named_areas', true) <> ''
        then current_setting('ioc.named_areas')::int4multirange
        else access.find_named_areas()
    end;
end;
comment on function access.named_areas() is 'The same, found once for many statements';

create or replace function access.organisations() returns int4multirange
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select range_agg(int4range(o.organisation_id, o.organisation_id, '[]'))
    from access.account as a
    join warehouse.dim_organisation as o on o.province_id = a.province_id and o.code = any(a.organisations)
    where a.account_id = (select access.account_id());
end;
comment on function access.organisations() is 'Organisations of an account that is limited to some';

create or replace function access.slices() returns text[]
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    -- as slices_text in kpis/slices.py writes a value
    select array_agg('organisation=' || replace(replace(replace(
        regexp_replace(c.code, '%(25|3B|3D|7C|_)', '%25\1', 'g'), ';', '%3B'), '=', '%3D'), '|', '%7C'))
    from access.account as a cross join lateral unnest(a.organisations) as c (code)
    where a.account_id = (select access.account_id());
end;
comment on function access.slices() is 'Breakdown slices of the organisations that it is limited to';

create or replace function access.fields() returns text[]
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select array_agg(f.code)
    from warehouse.dim_field as f
    join access.account as a on a.fields is null or f.code = any(a.fields)
    where a.account_id = (select access.account_id());
end;
comment on function access.fields() is 'Fields that it sees';

create or replace function access.kpis() returns text[]
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select array_agg(k.kpi_id) from warehouse.kpi_field as k where k.field_code = any((select access.fields())::text[]);
end;
comment on function access.kpis() is 'KPIs of those fields';

create or replace function access.sources() returns text[]
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select array_agg(s.source) from warehouse.source_field as s where s.field_code = any((select access.fields())::text[]);
end;
comment on function access.sources() is 'Sources of those fields';

create or replace function access.reads(sources text[]) returns boolean
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select access.all_fields() or sources <@ access.sources();
end;
comment on function access.reads(text[]) is 'Whether it sees the fields of all those sources';

create or replace function access.reads_whole(sources text[]) returns boolean
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select access.all_areas() and access.all_organisations() and access.reads(sources);
end;
comment on function access.reads_whole(text[]) is 'Whether it sees every record of those sources in its provinces';

create or replace function access.sees_all(actor name) returns boolean
language sql stable parallel safe set search_path = ''
begin atomic
    select pg_has_role(actor, 'ioc_reader', 'usage') or pg_has_role(actor, 'ioc_loader', 'usage');
end;
comment on function access.sees_all(name) is 'Whether that database role works for the hub itself, whom no limit holds';

-- What became of each slice, without counts: an account that is limited to an area or an organisation may know
-- how far the sources reach, though not how many records the whole province has.
create or replace view access.delivery with (security_barrier = true) as
select b.province_id, b.source, b.feed, b.batch_id, b.kind, b.status, b.first_day, b.last_day, b.started_at, b.finished_at,
    b.complete_to, b.settled_to,
    b.is_provisional and not exists (select from quality.release as r where r.batch_id = b.batch_id) as is_provisional
from ledger.batch as b
where (select access.sees_all(current_user)) or (
    b.province_id = any((select access.provinces())::smallint[])
    and ((select access.all_fields()) or b.source = any((select access.sources())::text[]))
);
comment on view access.delivery is 'Batches without their counts, by province and field of the caller';
comment on column access.delivery.province_id is 'Province whose record this is';
comment on column access.delivery.source is 'Source';
comment on column access.delivery.feed is 'Feed';
comment on column access.delivery.batch_id is 'Batch';
comment on column access.delivery.kind is 'fetch, or replay of quarantined records';
comment on column access.delivery.status is 'running, published, blocked, failed';
comment on column access.delivery.first_day is 'First day of the slice';
comment on column access.delivery.last_day is 'Last day of the slice, inclusive';
comment on column access.delivery.started_at is 'Started';
comment on column access.delivery.finished_at is 'Published, blocked or failed';
comment on column access.delivery.complete_to is 'Last day of the slice that had ended when it was read';
comment on column access.delivery.settled_to is 'Last day of the slice whose late records had come, too, when it was read';
comment on column access.delivery.is_provisional is 'Published with so many refused records that figures of its days are provisional';

-- Who was to deliver a period of a feed, and who did. A period is judged when its last day was read after its end and
-- the deliveries of all its slices were counted. Whoever the reference data list is expected in the periods that its
-- validity meets, whoever they do not list from the first period on that it ever delivered. Of a slice the newest
-- published batch counts, with the replays that added to it. Names of organisations and areas are not for accounts
-- that are limited to some, nor are counts.
create or replace view access.deliverer with (security_barrier = true) as
with published as (
    select b.province_id, b.source, b.feed, b.last_day, b.batch_id, b.complete_to, b.finished_at, f.dimension,
        b.deliverer_column is not distinct from f.column_name as is_counted,
        max(b.batch_id) filter (where b.kind = 'fetch') over slice as newest_id,
        date_trunc(f.every, b.last_day::timestamp)::date as begins_on,
        (date_trunc(f.every, b.last_day::timestamp) + ('1 ' || f.every)::interval)::date - 1 as ends_on
    from warehouse.feed_deliverers as f
    join ledger.batch as b on b.source = f.source and b.feed = f.feed
    where b.status = 'published'
    window slice as (partition by b.province_id, b.source, b.feed, b.last_day)
), period as (
    select p.province_id, p.source, p.feed, p.begins_on, p.ends_on, p.dimension,
        bool_and(p.is_counted) and coalesce(max(p.complete_to) = p.ends_on, false) as is_judged
    from published as p
    where p.batch_id = p.newest_id
    group by p.province_id, p.source, p.feed, p.begins_on, p.ends_on, p.dimension
), came as (
    select p.province_id, p.source, p.feed, p.begins_on, d.deliverer,
        sum(d.records) filter (where p.batch_id >= p.newest_id) as records,
        max(p.finished_at) filter (where p.batch_id >= p.newest_id) as delivered_at
    from published as p
    join ledger.delivery as d on d.batch_id = p.batch_id
    where p.is_counted
    group by p.province_id, p.source, p.feed, p.begins_on, d.deliverer
), listed as (
    select l.source, l.feed, l.code, range_agg(daterange(l.valid_from, l.valid_to)) as validity
    from warehouse.deliverer as l
    group by l.source, l.feed, l.code
), candidate as (
    select c.province_id, c.source, c.feed, c.deliverer, min(c.begins_on) as since,
        (select l.validity from listed as l where l.source = c.source and l.feed = c.feed and l.code = c.deliverer)
    from (
        select c.province_id, c.source, c.feed, c.deliverer, c.begins_on from came as c
        union all
        select p.province_id, l.source, l.feed, l.code, null
        from (select distinct p.province_id, p.source, p.feed from period as p) as p
        join listed as l on l.source = p.source and l.feed = p.feed
    ) as c
    group by c.province_id, c.source, c.feed, c.deliverer
), judged as (
    -- grouped and not joined: the planner takes a period's deliverers for few, and would look for each among all
    select g.province_id, g.source, g.feed, g.begins_on, max(g.ends_on) as ends_on, max(g.dimension) as dimension,
        g.deliverer, bool_or(g.is_expected) as is_expected, sum(g.records)::bigint as records,
        max(g.delivered_at) as delivered_at
    from (
        select p.province_id, p.source, p.feed, p.begins_on, p.ends_on, p.dimension, c.deliverer,
            p.is_judged and coalesce(c.validity && daterange(p.begins_on, p.ends_on, '[]'), c.since <= p.begins_on)
                as is_expected,
            null::numeric as records, null::timestamptz as delivered_at
        from period as p
        join candidate as c on c.province_id = p.province_id and c.source = p.source and c.feed = p.feed
        union all
        select c.province_id, c.source, c.feed, c.begins_on, null, null, c.deliverer, null, c.records, c.delivered_at
        from came as c
    ) as g
    group by g.province_id, g.source, g.feed, g.begins_on, g.deliverer
)
select j.province_id, j.source, j.feed, j.begins_on, j.ends_on, j.dimension, j.is_expected, j.delivered_at,
    case
        when (select access.sees_all(current_user))
            or (j.dimension is distinct from 'organisation' or (select access.all_organisations()))
            and (j.dimension is distinct from 'area' or (select access.all_areas()))
        then j.deliverer
    end as deliverer,
    case
        when (select access.sees_all(current_user) or access.all_areas() and access.all_organisations()) then j.records
    end as records
from judged as j
where (j.is_expected or j.delivered_at is not null) and ((select access.sees_all(current_user)) or (
    j.province_id = any((select access.provinces())::smallint[])
    and ((select access.all_fields()) or j.source = any((select access.sources())::text[]))
));
comment on view access.deliverer is 'Who was to deliver a period of a feed, and who did, by province and field of the caller';
comment on column access.deliverer.province_id is 'Province whose record this is';
comment on column access.deliverer.source is 'Source';
comment on column access.deliverer.feed is 'Feed';
comment on column access.deliverer.begins_on is 'First day of the period';
comment on column access.deliverer.ends_on is 'Last day of the period, inclusive';
comment on column access.deliverer.dimension is 'Dimension that knows the deliverers; null = none';
comment on column access.deliverer.is_expected is 'Whether it was to deliver; false while the period is not judged';
comment on column access.deliverer.delivered_at is 'When its newest records were published; null = none stand';
comment on column access.deliverer.deliverer is 'Code of the deliverer, in lower case; null where it is not the caller''s to know';
comment on column access.deliverer.records is 'Its accepted records; null for callers who do not see a whole province';

-- Refused records of the slices that count which somebody decided to leave out of official figures. Who sees only a part
-- of a province learns that there are some; fewer than 5 are not counted for anybody (docs/decisions/0014).
create or replace view access.waiver with (security_barrier = true) as
select b.province_id, b.source, b.feed, b.first_day, b.last_day, d.way, max(d.decided_at) as decided_at,
    case
        when count(*) >= 5
            and (select access.sees_all(current_user) or access.all_areas() and access.all_organisations())
        then count(*)
    end as records,
    case
        when (select access.sees_all(current_user) or access.all_areas() and access.all_organisations()) then d.actor
    end as actor,
    case
        when (select access.sees_all(current_user) or access.all_areas() and access.all_organisations()) then d.reason
    end as reason
from quality.decision as d
join quality.quarantine as q on q.quarantine_id = d.quarantine_id
join ledger.batch as b on b.batch_id = q.batch_id
where d.way in ('waived', 'rejected') and q.replay_batch_id is null and b.status = 'published' and b.kind = 'fetch'
    and not exists (
        select from ledger.batch as n
        where n.province_id = b.province_id and n.source = b.source and n.feed = b.feed and n.batch_id > b.batch_id
            and n.kind = 'fetch' and n.status = 'published' and n.first_day = b.first_day and n.last_day = b.last_day
    )
    and ((select access.sees_all(current_user)) or (
        b.province_id = any((select access.provinces())::smallint[])
        and ((select access.all_fields()) or b.source = any((select access.sources())::text[]))
    ))
group by b.batch_id, d.entry_id, d.way, d.actor, d.reason;
comment on view access.waiver is 'Refused records that official figures leave out by somebody''s decision, by province and field of the caller';
comment on column access.waiver.province_id is 'Province whose record this is';
comment on column access.waiver.source is 'Source';
comment on column access.waiver.feed is 'Feed';
comment on column access.waiver.first_day is 'First day of the slice';
comment on column access.waiver.last_day is 'Last day of the slice, inclusive';
comment on column access.waiver.way is 'waived, or rejected for good';
comment on column access.waiver.decided_at is 'When';
comment on column access.waiver.records is 'How many; null for fewer than 5, and for callers who do not see a whole province';
comment on column access.waiver.actor is 'Who decided; null for callers who do not see a whole province';
comment on column access.waiver.reason is 'Why; null for callers who do not see a whole province';

-- What an account of an area may know of the province beside its own figures of a period: the province's own, and of the
-- other areas of its level the median, and how many have more, without which. Only what would leave the hub counts
-- (docs/decisions/0014), its own figure too: else what the account knows of itself would tell what is withheld of others.
-- Of KPIs about persons a figure that was not judged is not given; which these are the caller knows, see is_judged.
create or replace function serving.comparisons(first_day date, last_day date)
returns table (
    kpi text, value numeric, province_value numeric, others bigint, median numeric, higher bigint, lower bigint,
    is_provisional boolean, is_judged boolean
)
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    with home as (
        select d.area_id, d.level, a.province_id, r.area_id as whole_id
        from access.account as a
        join warehouse.dim_area as d using (area_id)
        join warehouse.dim_area as r on r.area_id = any(d.ancestor_ids) and r.level = 'province'
        where a.account_id = (select access.account_id()) and a.organisations is null and d.level <> 'province'
    ), place as (
        select d.area_id, h.province_id,
            case d.area_id when h.area_id then 'own' when h.whole_id then 'whole' else 'other' end as part
        from home as h
        join warehouse.dim_area as d on d.ancestor_ids @> array[h.whole_id]
            and (d.area_id = h.whole_id or d.level = h.level)
            and d.valid_from <= comparisons.last_day
            and (d.valid_to is null or comparisons.last_day < d.valid_to)
    ), newest as (
        select distinct on (o.kpi_id, o.area_id) o.kpi_id, o.area_id, o.province_id, p.part, o.value, o.status,
            o.recorded_at, o.definition_version
        from place as p
        join kpi.observation as o on o.area_id = p.area_id and o.province_id = p.province_id
        where o.first_day = comparisons.first_day and o.last_day = comparisons.last_day and o.breakdown = ''
            and ((select access.all_fields()) or o.kpi_id = any((select access.kpis())::text[]))
        order by o.kpi_id, o.area_id, o.revision desc
    ), given as (
        select n.kpi_id, n.part, n.value, n.status, v.body ->> 'measure' as measure, v.body ->> 'unit' as unit,
            d.kpi_id is not null as is_judged
        from newest as n
        join kpi.definition as v on v.kpi_id = n.kpi_id and v.version = n.definition_version
        left join kpi.disclosure as d on d.kpi_id = n.kpi_id and d.province_id = n.province_id
        where n.value is not null and (d.kpi_id is null or n.recorded_at <= d.judged_to)
            and not exists (
                select from kpi.withheld_count as w
                where w.province_id = n.province_id and w.kpi_id = n.kpi_id and w.area_id = n.area_id
                    and w.breakdown = '' and (
                        w.first_day = comparisons.first_day and w.last_day = comparisons.last_day
                        or w.first_day = date_trunc('year', comparisons.last_day::timestamp)::date
                            and w.last_day in (comparisons.last_day, comparisons.first_day - 1)
                    )
            )
    ), beside as (
        select own.kpi_id, own.value as own_value, own.is_judged, g.part, g.value, g.status
        from given as own
        join given as g on g.kpi_id = own.kpi_id and g.part <> 'own' and g.unit = own.unit
            and g.measure is not distinct from own.measure
        where own.part = 'own'
    )
    select b.kpi_id, b.own_value, max(b.value) filter (where b.part = 'whole'),
        count(*) filter (where b.part = 'other'),
        (percentile_disc(0.5) within group (order by b.value) filter (where b.part = 'other')
            + percentile_disc(0.5) within group (order by b.value desc) filter (where b.part = 'other')) / 2,
        count(*) filter (where b.part = 'other' and b.value > b.own_value),
        count(*) filter (where b.part = 'other' and b.value < b.own_value),
        bool_or(b.status = 'provisional'), bool_and(b.is_judged)
    from beside as b
    group by b.kpi_id, b.own_value;
end;
comment on function serving.comparisons(date, date) is 'Beside the figures of an account''s area those of the province, and the median and place among areas of its level, of a period';

-- Keys say nothing of an area, so that every reader is given them: of a table with row-level security no index tells
-- what lies within an area.
create or replace function serving.areas_within(root integer) returns integer[]
language sql stable security definer parallel safe set search_path = ''
begin atomic
    select array_agg(d.area_id) from warehouse.dim_area as d where d.ancestor_ids @> array[root];
end;
comment on function serving.areas_within(integer) is 'Keys of an area and of all areas within it';

-- Two snapshots with the same state show an account the same: nothing was published, decided, noted or migrated between
-- them, and the account has the same rights. In PL/pgSQL, since the view that it reads is made anew by each migration.
create or replace function serving.reading_state() returns table (version bigint, rights text)
language plpgsql stable security definer set search_path = '' as $$
begin
    return query
        select v.version, row('serving.data_versions'::regclass::oid, a.role, a.province_id, a.area_id, a.organisations, a.fields)::text
        from access.account as a
        cross join serving.data_versions as v
        where a.account_id = (select access.account_id());
end;
$$;
comment on function serving.reading_state() is 'Version of the data, and the rights of the account with the migration that they are of; nothing without an account';

create or replace function serving.named_areas() returns text
language sql stable security definer parallel restricted set search_path = ''
begin atomic
    select coalesce(access.find_named_areas()::text, '{}');
end;
comment on function serving.named_areas() is 'Areas that the account may know by name, as setting ioc.named_areas takes them';
