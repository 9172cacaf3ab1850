-- How cases stood at an instant, by what was recorded by another one. Of a case the rows of standings that
-- count are the first ones, since what changes a standing is never recorded late; the last of them is the answer.

create function states_at(occurred timestamptz, recorded timestamptz default null)
returns table (
  case_id uuid, reference text, version bigint, state text, is_open boolean, level text, organisation text,
  agent text, since timestamptz, recorded_at timestamptz
) language sql stable parallel safe
begin atomic
  -- Of each case the last version first, which is hashed: half the time of sorting whole rows.
  select s.case_id, s.reference, s.version, s.state, s.is_open, s.level, s.organisation, s.agent, s.occurred_at,
    s.recorded_at
  from (
    select k.case_id, max(k.version) as version from standings as k
    where k.occurred_at <= states_at.occurred
      and (states_at.recorded is null or k.recorded_at <= states_at.recorded)
    group by k.case_id
  ) as last
  join standings as s on s.case_id = last.case_id and s.version = last.version;
end;
comment on function states_at is
  'How each case stood that was opened by an instant, by what was recorded by another one, null for all that is recorded now: a row for each.';

create function state_at(reference text, occurred timestamptz, recorded timestamptz default null)
returns table (
  case_id uuid, reference text, version bigint, state text, is_open boolean, level text, organisation text,
  agent text, since timestamptz, recorded_at timestamptz
) language sql stable parallel safe
begin atomic
  select s.case_id, s.reference, s.version, s.state, s.is_open, s.level, s.organisation, s.agent, s.occurred_at,
    s.recorded_at
  from (select e.case_id from events as e where e.reference = state_at.reference order by e.version limit 1) as e
  join standings as s on s.case_id = e.case_id
  where s.occurred_at <= state_at.occurred
    and (state_at.recorded is null or s.recorded_at <= state_at.recorded)
  order by s.version desc limit 1;
end;
comment on function state_at is
  'How one case stood at an instant, by what was recorded by another one, null for all that is recorded now; no row if it was not opened by then, or not recorded.';
