create index stored_events_first_idx on casecore.stored_events (topic, originator_id)
    where originator_version = 1;
comment on index casecore.stored_events_first_idx is
    'Which streams there are of a kind: each by the type of its first event.';

create table casecore.archive (
    sha256      bytea       primary key check (length(sha256) = 32),
    media_type  text        not null,
    content     bytea       not null,
    archived_at timestamptz not null default clock_timestamp()
);
comment on table casecore.archive is
    'The bytes of issued documents, by their hash. Never changed; written before the event that names them.';
comment on column casecore.archive.sha256 is 'SHA-256 of the content; the event of the document names it.';
