-- What people ask of the service levels, as of now. A month is one in Europe/Berlin.

create view clocks_now as select * from clocks_at(now());
create view holders_now as select * from holders_at(now());

create function attainment_at(at timestamptz)
returns table (
  month date, organisation text, level text, clock text, priority text, met bigint, missed bigint, percent numeric,
  beyond_calendar bigint, later_events bigint
) language sql stable parallel safe
begin atomic
  select date_trunc('month', c.decided_at at time zone 'Europe/Berlin')::date, c.policy_organisation, c.level,
    c.clock, c.priority, count(*) filter (where c.status = 'met' and not c.uncovered),
    count(*) filter (where c.status = 'missed'),
    round(100.0 * count(*) filter (where c.status = 'met' and not c.uncovered)
      / nullif(count(*) filter (where c.status = 'missed' or not c.uncovered), 0), 1),
    -- Of what the calendar does not reach nobody knows whether it was in time.
    count(*) filter (where c.status = 'met' and c.uncovered),
    -- Of these it is not known here whether they were met or missed by then, and in which month.
    count(*) filter (where c.later_events)
  from clocks_at(attainment_at.at) as c where c.status in ('met', 'missed') or c.later_events
  group by 1, 2, 3, 4, 5;
end;
comment on function attainment_at is
  'How many clocks were met and missed until an instant; those that run past due are missed. Without a month: those of cases of which something later is known.';

create view attainment as select * from attainment_at(now());

create view due_next as
select case_id, reference, version, customer, seller, category, topic, state, priority, clock, level, organisation,
  number, policy_organisation, due_at, remaining_seconds, at_risk, overdue
from clocks_now where stopped_at is null and due_at is not null
order by due_at, reference, clock, level, organisation, number;

create view cases_without_policy as
select case_id, reference, version, customer, seller, category, topic, priority, state, opened_at, without_policy
from cases where without_policy <> '{}';

comment on view clocks_now is 'Every clock as it stands now.';
comment on view holders_now is 'How long each has had a case by now.';
comment on view attainment is 'How many clocks were met and missed by now; those that run past due are missed.';
comment on view due_next is 'Clocks that are not met yet, those that fall due first, or are overdue, before the others.';
comment on view cases_without_policy is 'Cases of which no policy covers the whole, or a level where they have been.';

-- A column means the same in a view as in the table that the view stands on, unless it is said here.
do $$
declare
  said record;
begin
  for said in
    select v.view, a.attname as name, coalesce(w.meaning, own.meaning, whole.meaning) as meaning
    from (values ('clocks_now', 'clocks'), ('holders_now', 'holders'), ('attainment', 'clocks'),
      ('due_next', 'clocks'), ('cases_without_policy', 'cases')) as v (view, stands_on)
    join pg_attribute as a on a.attrelid = v.view::regclass and a.attnum > 0
    left join (values
      ('clocks_now', 'answered_at', 'The instant that the answer is for.'),
      ('clocks_now', 'later_events', 'Whether something that happened after that instant is known of the case; then there are no figures.'),
      ('clocks_now', 'agent', 'Who was assigned when it came to stand, or until then; else who has the case.'),
      ('clocks_now', 'decided_at', 'When it was missed, or else met; null while it is neither.'),
      ('clocks_now', 'remaining_seconds', 'What is left of the target, in seconds of opening hours; negative once it is used up.'),
      ('clocks_now', 'at_risk', 'Whether it is neither met nor missed, and has used up its first warning share.'),
      ('clocks_now', 'overdue', 'Whether it is missed, and still not done.'),
      ('holders_now', 'answered_at', 'The instant that the answer is for.'),
      ('holders_now', 'later_events', 'Whether something that happened after that instant is known of the case; then there are no seconds.'),
      ('holders_now', 'seconds', 'How long, by then.'),
      ('attainment', 'month', 'First day of the month, in Europe/Berlin, in which they were met or missed, whichever came first.'),
      ('attainment', 'organisation', 'Whose promise it was.'),
      ('attainment', 'met', 'How many were met in time.'),
      ('attainment', 'missed', 'How many were not.'),
      ('attainment', 'percent', 'The share of those met of those met and missed, in percent, rounded half up to a tenth; null if there are none.'),
      ('attainment', 'beyond_calendar', 'How many were done, in time or not: the calendar does not reach so far.'),
      ('attainment', 'later_events', 'How many clocks are of cases of which something later is known: their month is null.'),
      ('due_next', 'remaining_seconds', 'What is left of the target, in seconds of opening hours; negative once it is used up.'),
      ('due_next', 'at_risk', 'Whether it is not missed, and has used up its first warning share.'),
      ('due_next', 'overdue', 'Whether it is missed, and still not done.')
    ) as w (view, name, meaning) on w.view = v.view and w.name = a.attname
    left join lateral (
      select col_description(t.attrelid, t.attnum) as meaning from pg_attribute as t
      where t.attrelid = v.stands_on::regclass and t.attname = a.attname
    ) as own on true
    left join lateral (
      select col_description(t.attrelid, t.attnum) as meaning from pg_attribute as t
      where t.attrelid = 'cases'::regclass and t.attname = a.attname
    ) as whole on true
  loop
    execute format('comment on column %I.%I is %L', said.view, said.name, said.meaning);
  end loop;
end $$;
