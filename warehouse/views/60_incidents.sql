create view serving.incidents as
select
    i.province_id,
    i.incident_id,
    i.kind,
    i.cause,
    i.source,
    i.feed,
    i.kpis,
    i.what_vi,
    i.what_en,
    i.detail_vi,
    i.detail_en,
    i.state,
    i.assignee,
    i.opened_at,
    i.gone_at,
    (
        select max(e.happened_at)
        from ledger.incident_event as e
        where e.incident_id = i.incident_id
    ) as changed_at
from ledger.incident as i;

comment on view serving.incidents is 'What went wrong: new, acknowledged, assigned, then resolved by a person or because the cause is gone';
comment on column serving.incidents.province_id is 'Province, see serving.provinces';
comment on column serving.incidents.incident_id is 'Incident';
comment on column serving.incidents.kind is 'Kind, such as blocked or late';
comment on column serving.incidents.cause is 'What causes it; one incident at a time for each cause';
comment on column serving.incidents.source is 'Source; null where it is of the whole hub or of a KPI';
comment on column serving.incidents.feed is 'Feed; null where it is of more than one';
comment on column serving.incidents.kpis is 'KPIs whose figures it touches';
comment on column serving.incidents.what_vi is 'What happened, in Vietnamese';
comment on column serving.incidents.what_en is 'The same in English';
comment on column serving.incidents.detail_vi is 'More of it, such as a batch''s reason, in Vietnamese';
comment on column serving.incidents.detail_en is 'The same in English';
comment on column serving.incidents.state is 'new, acknowledged, assigned or resolved';
comment on column serving.incidents.assignee is 'Account that it is assigned to';
comment on column serving.incidents.opened_at is 'When the hub found the cause';
comment on column serving.incidents.gone_at is 'When the cause was gone; null while it lasts';
comment on column serving.incidents.changed_at is 'Last step of its history';
