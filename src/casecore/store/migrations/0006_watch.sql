create table casecore.service_level_watch (
    one_row   boolean     primary key default true check (one_row),
    looked_at timestamptz not null,
    recorded  bigint      not null
);
comment on table casecore.service_level_watch is
    'When the watch of service levels last looked at all cases: one row, or none if it never has.';
comment on column casecore.service_level_watch.one_row is 'Always true, so that there is one row.';
comment on column casecore.service_level_watch.looked_at is
    'The instant as of which it looked; of several watches, the last.';
comment on column casecore.service_level_watch.recorded is 'How many events that look recorded.';
