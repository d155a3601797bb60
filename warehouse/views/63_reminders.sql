create view serving.reminders as
select
    r.province_id,
    r.reminder_id,
    r.unit,
    r.source,
    r.feed,
    r.deliverer,
    r.first_day,
    r.last_day,
    r.deadline,
    extract(year from r.deadline at time zone 'Asia/Ho_Chi_Minh')::integer as year,
    case
        when r.withdrawn_at is null then count(*) filter (where r.withdrawn_at is null) over (
            partition by r.province_id, r.unit, extract(year from r.deadline at time zone 'Asia/Ho_Chi_Minh')
            order by r.made_at, r.reminder_id
        )
    end as number,
    r.evidence,
    r.made_at,
    r.withdrawn_at,
    r.withdrawn_by,
    r.withdrawn_reason
from ledger.reminder as r;

comment on view serving.reminders is 'Reminders to late units, counted by unit and year of the deadline';
comment on column serving.reminders.province_id is 'Province, see serving.provinces';
comment on column serving.reminders.reminder_id is 'Reminder';
comment on column serving.reminders.unit is 'Late unit: the deliverer''s code, or the source''s owner';
comment on column serving.reminders.source is 'Source';
comment on column serving.reminders.feed is 'Feed';
comment on column serving.reminders.deliverer is 'Deliverer; empty where one unit owns all';
comment on column serving.reminders.first_day is 'First day of what was due';
comment on column serving.reminders.last_day is 'Last day of it, inclusive';
comment on column serving.reminders.deadline is 'Until when it was due, with outages added';
comment on column serving.reminders.year is 'Year of the deadline, in which it counts';
comment on column serving.reminders.number is 'Which reminder of the unit in that year it is; null of one that was withdrawn';
comment on column serving.reminders.evidence is 'What the hub saw and when, and its own outages';
comment on column serving.reminders.made_at is 'When the hub made the reminder';
comment on column serving.reminders.withdrawn_at is 'When a person took it back; null while it counts';
comment on column serving.reminders.withdrawn_by is 'Who took it back';
comment on column serving.reminders.withdrawn_reason is 'Why it was taken back, in the person''s words';
