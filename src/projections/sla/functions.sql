-- How a clock stands, and who has a case, at an instant. A view knows a case as of its last event: for an
-- instant before that the figures are null, and later_events is true. `casecore sla … --at` computes them from
-- the events. Instants are compared and subtracted exactly, to the microsecond; the names in functions are bound
-- when they are created.

create function open_until(opens timestamptz[], closes timestamptz[], open_before bigint[], at timestamptz)
returns numeric language sql immutable parallel safe
begin atomic
  select case when p.place = 0 then 0 else open_before[p.place] * 0.000001
    + extract(epoch from least(at, closes[p.place])) - extract(epoch from opens[p.place]) end
  from (select width_bucket(at, opens) as place) as p;
end;
comment on function open_until is
  'How much was open from the beginning of a calendar, given as its arrays, until an instant, in seconds.';

create function open_seconds(calendar text, start_at timestamptz, end_at timestamptz)
returns numeric language sql stable parallel safe
begin atomic
  select trim_scale(open_until(c.opens, c.closes, c.open_before, end_at)
    - open_until(c.opens, c.closes, c.open_before, start_at))
  from calendars as c where c.key = open_seconds.calendar;
end;
comment on function open_seconds is
  'How much of a calendar (its key) was open from one instant until a later one, in seconds.';

create function clocks_at(at timestamptz)
returns table (
  case_id uuid, reference text, version bigint, customer text, seller text, category text, topic text,
  state text, answered_at timestamptz, clock text, level text, organisation text, number int,
  policy_id text, policy_version int, policy_organisation text, priority text, target_seconds numeric,
  status text, started_at timestamptz, stopped_at timestamptz, due_at timestamptz, met_at timestamptz,
  missed_at timestamptz, decided_at timestamptz, elapsed_seconds numeric, paused_seconds numeric,
  remaining_seconds numeric, times_paused int, running_since timestamptz, at_risk boolean, overdue boolean,
  beyond_horizon boolean, uncovered boolean, calendar text, later_events boolean, agent text
) language sql stable parallel safe
begin atomic
  select i.case_id, c.reference, c.version, c.customer, c.seller, c.category, c.topic,
    case when c.as_of <= clocks_at.at then c.state end, clocks_at.at,
    i.clock, i.level, i.organisation, i.number, i.policy_id, i.policy_version, i.policy_organisation,
    k.priority, k.target_seconds, n.status, k.started_at, k.stopped_at,
    -- One that was paused exactly when it fell due is missed a moment later.
    case when n.status = 'missed' then coalesce(k.due_at, k.falls_due_at) else k.due_at end,
    k.met_at, n.missed_at, coalesce(n.missed_at, k.met_at), trim_scale(n.elapsed),
    trim_scale(k.paused_seconds + case when k.stopped_at is null and k.running_since is null
      then t.opened else 0 end),
    trim_scale(k.target_seconds - n.elapsed), k.times_paused, k.running_since,
    case when n.status in ('running', 'paused')
      then coalesce(n.elapsed * 100 >= k.target_seconds * k.risk_percent, false)
      when n.status is not null then false end,
    n.status = 'missed' and k.stopped_at is null,
    k.beyond_horizon, k.uncovered, k.calendar, c.as_of > clocks_at.at,
    case when c.as_of > clocks_at.at then null when k.stopped_at is null then c.agent else k.agent end
  from clocks as i
  join cases as c on c.case_id = i.case_id
  left join lateral (select i.* where c.as_of <= clocks_at.at) as k on true
  -- Apart, so that a calendar is searched once, and not once for each clock.
  cross join lateral (
    select open_until(h.opens, h.closes, h.open_before, clocks_at.at) as seconds
    from calendars as h where h.key = i.calendar offset 0
  ) as o
  cross join lateral (
    select coalesce(o.seconds - k.open_until, 0) as opened,
      case when k.falls_due_at < clocks_at.at and c.as_of < clocks_at.at
        then greatest(k.falls_due_at, c.as_of) end as missed_at
  ) as t
  cross join lateral (
    select coalesce(k.missed_at, t.missed_at) as missed_at,
      case when t.missed_at is null then k.status else 'missed' end as status,
      k.elapsed_seconds + case when k.running_since is null then 0 else t.opened end as elapsed
  ) as n;
end;
comment on function clocks_at is
  'Every clock at an instant; of a case of which something later is known, without figures: later_events is true.';

create function holders_at(at timestamptz)
returns table (
  case_id uuid, reference text, version bigint, answered_at timestamptz, holder text, organisation text,
  agent text, seconds numeric, later_events boolean
) language sql stable parallel safe
begin atomic
  select c.case_id, c.reference, c.version, holders_at.at, s.holder, s.organisation, s.agent,
    case when c.as_of <= holders_at.at then trim_scale(s.seconds) end, c.as_of > holders_at.at
  from (
    select p.case_id, p.holder, p.organisation, p.agent, sum(p.seconds) as seconds
    from (
      select h.case_id, h.holder, h.organisation, h.agent, h.seconds from holders as h
      union all
      -- What has passed since the last event, parted into what was open and what was not.
      select c.case_id, p.holder, c.organisation, coalesce(c.agent, ''), p.seconds
      from cases as c
      cross join lateral (
        select extract(epoch from holders_at.at) - extract(epoch from c.as_of) as passed,
          (select open_until(k.opens, k.closes, k.open_before, holders_at.at) - c.open_until
            from calendars as k where k.key = c.calendar) as opened
      ) as t
      cross join lateral (
        values (c.holder, coalesce(t.opened, t.passed)), ('outside_hours', t.passed - coalesce(t.opened, t.passed))
      ) as p (holder, seconds)
      where c.holder is not null and c.as_of < holders_at.at and p.seconds > 0
    ) as p
    group by p.case_id, p.holder, p.organisation, p.agent
  ) as s
  join cases as c on c.case_id = s.case_id;
end;
comment on function holders_at is
  'How long each had a case, until an instant; of a case of which something later is known, without seconds.';
