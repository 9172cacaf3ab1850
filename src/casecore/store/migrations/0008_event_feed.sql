create table casecore.relay_places (
    prefix   text   primary key,
    position bigint not null
);
comment on table casecore.relay_places is
    'Up to where the log is published, as the relay of each prefix has noted it: never more than is published.';
comment on column casecore.relay_places.prefix is 'The prefix of the topics, such as casecore.';
comment on column casecore.relay_places.position is
    'Every event up to this position is in the topics, where readers of committed records find it.';

create table casecore.cursor_key (
    one_row boolean primary key default true check (one_row),
    key     bytea   not null check (length(key) = 32)
);
comment on table casecore.cursor_key is
    'With which key the event feed encrypts its cursors: one row, the same for all processes of the API.';
comment on column casecore.cursor_key.one_row is 'Always true, so that there is one row.';
comment on column casecore.cursor_key.key is 'Random bytes. Under another key, readers of the feed begin again.';

-- Two random UUIDs, of which 244 bits are random.
insert into casecore.cursor_key (key)
values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
