create view serving.incident_events as
select
    e.event_id,
    e.incident_id,
    e.state,
    e.actor,
    e.assignee,
    e.reason,
    e.happened_at
from ledger.incident_event as e;

comment on view serving.incident_events is 'The history of incidents, step by step';
comment on column serving.incident_events.event_id is 'Step';
comment on column serving.incident_events.incident_id is 'Incident';
comment on column serving.incident_events.state is 'The state that it came into';
comment on column serving.incident_events.actor is 'Who did it; the hub itself when the cause came or went';
comment on column serving.incident_events.assignee is 'Account that it was assigned to';
comment on column serving.incident_events.reason is 'Why, in the person''s words';
comment on column serving.incident_events.happened_at is 'When it came into the state';
