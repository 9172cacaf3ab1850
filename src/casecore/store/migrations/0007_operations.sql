create table casecore.operations (
    id         uuid        primary key,
    kind       text        not null,
    asked      text        not null,
    given_by   text        not null,
    started_at timestamptz not null,
    ended_at   timestamptz,
    has_failed boolean,
    outcome    text,
    check ((ended_at is null) = (has_failed is null) and (ended_at is null) = (outcome is null))
);
create index operations_by_kind on casecore.operations (kind, started_at);
comment on table casecore.operations is
    'Runs that were asked for over HTTP, and what became of them: whoever asked may have gone, or ask another server.';
comment on column casecore.operations.id is 'The Idempotency-Key of the request.';
comment on column casecore.operations.kind is 'Which run.';
comment on column casecore.operations.asked is 'What was asked for, as JSON.';
comment on column casecore.operations.given_by is 'Who asked, as JSON: person, organisation and role.';
comment on column casecore.operations.started_at is 'When it began; of one that was interrupted, when it began again.';
comment on column casecore.operations.ended_at is
    'When it ended. Without it the run goes on while its process holds the advisory lock of its kind; else it was interrupted.';
comment on column casecore.operations.has_failed is 'Whether it failed.';
comment on column casecore.operations.outcome is 'What it has done, or why it failed, as JSON.';
