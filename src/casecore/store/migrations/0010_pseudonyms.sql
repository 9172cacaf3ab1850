create table casecore.pseudonym_key (
    one_row boolean primary key default true check (one_row),
    key     bytea   not null check (length(key) = 32)
);
comment on table casecore.pseudonym_key is
    'With which key exports make pseudonyms of people''s names: one row.';
comment on column casecore.pseudonym_key.one_row is 'Always true, so that there is one row.';
comment on column casecore.pseudonym_key.key is
    'Random bytes. Under another key everybody gets another pseudonym; without it nobody can be told by theirs.';

-- Two random UUIDs, of which 244 bits are random.
insert into casecore.pseudonym_key (key)
values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
