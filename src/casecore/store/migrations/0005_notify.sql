create or replace function casecore.append(
    decided_at timestamptz,
    expected_ids uuid[], expected bigint[],
    ids uuid[], versions bigint[], types text[], bodies bytea[],
    command_ids uuid[], hashes bytea[], stream_ids uuid[], stream_versions bigint[], stored integer[]
) returns table (positions bigint[], recorded_at timestamptz, clock timestamptz)
language plpgsql as $$
#variable_conflict use_column
begin
    if cardinality(ids) > 0 then
        -- The library's lock: it makes the log free of gaps that fill later, since one append at a time takes
        -- numbers. Each statement after it sees all that was committed before.
        lock table casecore.stored_events in exclusive mode;
    end if;
    return query
    with moved as materialized (
        select from unnest(expected_ids, expected) as x (id, version)
        where (
            select count(*) from (
                select from casecore.stored_events e
                where e.originator_id = x.id and e.originator_version >= greatest(x.version, 1) limit 2
            ) as found
        ) <> least(x.version, 1)
        limit 1
    ), now as materialized (
        select greatest(
            clock_timestamp(),
            decided_at,
            (select e.recorded_at from casecore.stored_events e order by e.notification_id desc limit 1)
        ) as at
        where not exists (select from moved)
    ), appended as (
        insert into casecore.stored_events
            (originator_id, originator_version, topic, state, recorded_at)
        select e.id, e.version, e.type, e.body, now.at
        from unnest(ids, versions, types, bodies) with ordinality as e (id, version, type, body, place), now
        order by e.place
        returning notification_id
    ), received as (
        insert into casecore.receipts (command_id, content_hash, stream_id, version, events, recorded_at)
        select r.command_id, r.hash, r.stream_id, r.version, r.stored, now.at
        from unnest(command_ids, hashes, stream_ids, stream_versions, stored)
             as r (command_id, hash, stream_id, version, stored), now
    )
    select array(select notification_id from appended order by 1), now.at, clock_timestamp() from now;
    -- Anybody who may connect can fill the server's queue of notifications, and a commit that notifies fails
    -- then. A reader of the log looks by itself, so it is only woken where there is room.
    if found and cardinality(ids) > 0 and pg_notification_queue_usage() < 0.5 then
        notify casecore_log;
    end if;
end
$$;
comment on function casecore.append is
    'Stores events and receipts, all or none. No row: a stream is not at the version expected of it (0: it has '
    'no event), and nothing was stored. recorded_at is the greatest of the clock, the time at which it was '
    'decided, and the last event''s.';
