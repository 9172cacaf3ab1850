-- The workload's views on its rows. A day is a day in Europe/Berlin; what depends on now is answered on reading.

create view backlog_by_level as
select coalesce(level, 'not_taken') as level, count(*) as cases,
  count(*) filter (where waiting_since is not null) as waiting,
  count(*) filter (where agent is null) as unassigned, min(opened_at) as oldest_opened_at
from cases where is_open group by 1;
comment on view backlog_by_level is 'Open cases at each level.';
comment on column backlog_by_level.level is 'level_0, level_1, partner, or not_taken while nobody has taken it.';
comment on column backlog_by_level.cases is 'How many are open.';
comment on column backlog_by_level.waiting is 'How many of them wait for the customer.';
comment on column backlog_by_level.unassigned is 'How many of them have no agent.';
comment on column backlog_by_level.oldest_opened_at is 'When the oldest of them was opened.';

create view backlog_by_organisation as
select organisation, count(*) as cases, count(*) filter (where waiting_since is not null) as waiting,
  count(*) filter (where agent is null) as unassigned, min(opened_at) as oldest_opened_at
from cases where is_open group by 1;
comment on view backlog_by_organisation is 'Open cases by the organisation whose turn it is.';
comment on column backlog_by_organisation.organisation is 'Whose turn it is.';
comment on column backlog_by_organisation.cases is 'How many are open.';
comment on column backlog_by_organisation.waiting is 'How many of them wait for the customer.';
comment on column backlog_by_organisation.unassigned is 'How many of them have no agent.';
comment on column backlog_by_organisation.oldest_opened_at is 'When the oldest of them was opened.';

create view backlog_by_agent as
select organisation, agent, count(*) as cases, count(*) filter (where waiting_since is not null) as waiting,
  min(opened_at) as oldest_opened_at
from cases where is_open group by 1, 2;
comment on view backlog_by_agent is 'Open cases by the agent who is assigned; nobody is where agent is null.';
comment on column backlog_by_agent.organisation is 'Whose turn it is.';
comment on column backlog_by_agent.agent is 'Who is assigned; null for nobody.';
comment on column backlog_by_agent.cases is 'How many are open.';
comment on column backlog_by_agent.waiting is 'How many of them wait for the customer.';
comment on column backlog_by_agent.oldest_opened_at is 'When the oldest of them was opened.';

create view backlog_by_priority as
select priority, count(*) as cases, count(*) filter (where waiting_since is not null) as waiting,
  min(opened_at) as oldest_opened_at
from cases where is_open group by 1;
comment on view backlog_by_priority is 'Open cases by how urgent they are.';
comment on column backlog_by_priority.priority is 'How urgent: low, normal, high or urgent.';
comment on column backlog_by_priority.cases is 'How many are open.';
comment on column backlog_by_priority.waiting is 'How many of them wait for the customer.';
comment on column backlog_by_priority.oldest_opened_at is 'When the oldest of them was opened.';

-- Ages in elapsed hours, so that a day on which the clocks change counts no more and no less than any other.
create view backlog_by_age as
select b.place, b.age, count(c.case_id) as cases, count(c.waiting_since) as waiting
from (values
  (1, 'under 1 day', null::interval, interval '24 hours'),
  (2, '1 to 3 days', interval '24 hours', interval '72 hours'),
  (3, '3 to 7 days', interval '72 hours', interval '168 hours'),
  (4, '7 to 30 days', interval '168 hours', interval '720 hours'),
  (5, '30 to 90 days', interval '720 hours', interval '2160 hours'),
  (6, 'over 90 days', interval '2160 hours', null::interval)
) as b (place, age, at_least, under)
left join cases c on c.is_open
  and (b.at_least is null or c.opened_at <= now() - b.at_least) and (b.under is null or c.opened_at > now() - b.under)
group by 1, 2;
comment on view backlog_by_age is 'Open cases by how long ago they were opened, as of now.';
comment on column backlog_by_age.place is 'Order of the ages, youngest first.';
comment on column backlog_by_age.age is 'How old.';
comment on column backlog_by_age.cases is 'How many are open.';
comment on column backlog_by_age.waiting is 'How many of them wait for the customer.';

create view backlog_by_day as
with moved as (
  select (occurred_at at time zone 'Europe/Berlin')::date as day,
    sum(came_in) as came_in, sum(went_out) as went_out
  from case_moves group by 1
), days as (
  select generate_series(min(day)::timestamp, max(day)::timestamp, interval '1 day')::date as day from moved
)
select day, coalesce(came_in, 0) as came_in, coalesce(went_out, 0) as went_out,
  (sum(coalesce(came_in, 0) - coalesce(went_out, 0)) over (order by day))::bigint as backlog
from days left join moved using (day);
comment on view backlog_by_day is 'What came in and went out on each day from the first move to the last, and what was open at its end.';
comment on column backlog_by_day.day is 'The day in Europe/Berlin on which it occurred.';
comment on column backlog_by_day.came_in is 'Cases that became open: opened, or reopened.';
comment on column backlog_by_day.went_out is 'Cases that were resolved or cancelled.';
comment on column backlog_by_day.backlog is 'Cases open at the end of the day.';

create view first_level_resolution as
select date_trunc('month', resolved_at at time zone 'Europe/Berlin')::date as month, seller,
  count(*) as resolved, count(*) filter (where first_level_resolved) as resolved_at_first_level,
  round(100.0 * count(*) filter (where first_level_resolved) / count(*), 1) as percent
from cases where resolved_at is not null and first_level_resolved is not null group by 1, 2;
comment on view first_level_resolution is 'How many of each seller''s resolved cases never needed the vendor; user support stands apart, and is not in it.';
comment on column first_level_resolution.month is 'First day of the month, in Europe/Berlin, in which they were resolved.';
comment on column first_level_resolution.seller is 'The seller, who gives level 0.';
comment on column first_level_resolution.resolved is 'Technical cases that stand resolved, or closed after it.';
comment on column first_level_resolution.resolved_at_first_level is 'Those of them that were never at level 1.';
comment on column first_level_resolution.percent is 'The share of these in percent, rounded half up to a tenth.';

create view bounced_cases as
select case_id, reference, version, seller, state, level, organisation, agent, bounces, hand_overs_up, hand_overs_down, opened_at
from cases where bounces > 0;
comment on view bounced_cases is 'Cases that went up, came down and went up again, without having been resolved or opened anew in between.';
comment on column bounced_cases.case_id is 'The case''s stream id.';
comment on column bounced_cases.reference is 'Its reference for people.';
comment on column bounced_cases.version is 'The number of its last event that the view knows.';
comment on column bounced_cases.seller is 'Who sold the package.';
comment on column bounced_cases.state is 'Where it is in its life.';
comment on column bounced_cases.level is 'The level where it is or was last; null until it is taken, also after it opened anew.';
comment on column bounced_cases.organisation is 'Whose turn it is, or was last.';
comment on column bounced_cases.agent is 'Who is assigned; null for nobody.';
comment on column bounced_cases.bounces is 'How often it went up again after it had come down, without having been resolved or opened anew in between.';
comment on column bounced_cases.hand_overs_up is 'How often it went to the vendor.';
comment on column bounced_cases.hand_overs_down is 'How often the vendor gave it back.';
comment on column bounced_cases.opened_at is 'When it was opened.';

create view moves_by_month as
select date_trunc('month', occurred_at at time zone 'Europe/Berlin')::date as month, sum(came_in) as came_in,
  sum(went_out) as went_out, sum(up) as up, sum(down) as down, sum(bounce) as bounces, sum(reopened) as reopened
from case_moves group by 1;
comment on view moves_by_month is 'How often cases moved in each month.';
comment on column moves_by_month.month is 'First day of the month, in Europe/Berlin.';
comment on column moves_by_month.came_in is 'Cases that became open: opened, or reopened.';
comment on column moves_by_month.went_out is 'Cases that were resolved or cancelled.';
comment on column moves_by_month.up is 'Hand-overs to the vendor.';
comment on column moves_by_month.down is 'Hand-overs back from the vendor.';
comment on column moves_by_month.bounces is 'Those up of cases that had been at level 0 since they came down.';
comment on column moves_by_month.reopened is 'Reopenings.';

create view effort_by_month as
select date_trunc('month', occurred_at at time zone 'Europe/Berlin')::date as month, organisation, person,
  sum(minutes)::bigint as minutes, count(distinct case_id) as cases
from efforts group by 1, 2, 3;
comment on view effort_by_month is 'Minutes that each person spent on cases in each month.';
comment on column effort_by_month.month is 'First day of the month, in Europe/Berlin.';
comment on column effort_by_month.organisation is 'The organisation that did the work.';
comment on column effort_by_month.person is 'The person who did it.';
comment on column effort_by_month.minutes is 'How long it took, in minutes.';
comment on column effort_by_month.cases is 'On how many cases.';
