create view serving.watches as
select
    w.province_id,
    w.watch_id,
    w.began_at,
    w.seen_at
from ledger.watch as w;

comment on view serving.watches is 'When somebody watched the ledger; between two stretches the hub was down';
comment on column serving.watches.province_id is 'Province, see serving.provinces';
comment on column serving.watches.watch_id is 'Stretch of time';
comment on column serving.watches.began_at is 'Somebody watched the ledger from then on';
comment on column serving.watches.seen_at is 'Somebody watched it until then at least';
