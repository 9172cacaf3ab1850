"""The steps of cases: which events count by what, in which order, as SQL for what is mined from them."""

from __future__ import annotations

from casecore.analysis.mining.questions import By, Opened
from casecore.clocks.instants import micros

_COLUMN = {By.STATE: "state", By.LEVEL: "level", By.ORGANISATION: "holder"}
_LABEL = {
    By.ACTIVITY: "case when implied then activity else coalesce(source_activity, activity) end",
    By.RESOURCE: "case when source is not null then source_resource when role <> 'system' then person end",
}

# An event that was recorded late has the standing of a later time: what changed, and when, is told by the
# order in which events were recorded.
CHANGES = "(lag(version) over recorded is null or lag({column}) over recorded is distinct from {column})"
RECORDED = "recorded as (partition by reference order by version)"
OCCURRED = "occurred as (partition by reference order by instant, version)"


def base(opened: Opened, columns: str) -> str:
    """A common table expression `base`: the events of the chosen cases, with `instant` in microseconds."""
    limits = []
    if opened.since is not None:
        limits.append(f"arg_min(epoch_us(occurred_at), version) >= {micros(opened.since)}")
    if opened.before is not None:
        limits.append(f"arg_min(epoch_us(occurred_at), version) < {micros(opened.before)}")
    chosen = f'select "case" from events group by "case" having {" and ".join(limits)}'
    return f"""base as (
  select "case" as reference, version, epoch_us(occurred_at) as instant, {columns}
  from events {f'where "case" in ({chosen})' if limits else ""})"""


def steps(by: By, opened: Opened, implied: bool) -> str:
    """Common table expressions, the last one `steps`: reference, instant, version, label.

    They are in the order in which they occurred, at the same time in that of their versions. By activity each
    event is one; by all else neighbours with the same label are one step, which begins with the first. Moves
    that an import implied are steps by activity only if `implied`; nobody did them, so never by resource.
    """
    if by is By.ACTIVITY:
        counted = "" if implied else "where not implied"
        return f"""{base(opened, "activity, source_activity, implied")},
steps as (select reference, instant, version, {_LABEL[by]} as label from base {counted})"""
    if by is By.RESOURCE:
        labelled = f"""{base(opened, "person, role, source, source_resource, implied")},
labelled as (select reference, instant, version, {_LABEL[by]} as label from base where not implied)"""
    else:
        column = _COLUMN[by]
        labelled = f"""{base(opened, column)},
labelled as (
  select reference, instant, version, {column} as label from base
  window {RECORDED} qualify {CHANGES.format(column=column)})"""
    return f"""{labelled},
steps as (
  select * from labelled where label is not null
  window {OCCURRED} qualify lag(label) over occurred is distinct from label)"""


def label_at(by: By, implied: bool) -> str:
    """What an event says of the label from then on: '' for none, null if it says nothing. For waits."""
    if by in _COLUMN:
        return f"case when changes_label then coalesce({_COLUMN[by]}, '') end"
    return _LABEL[by] if implied else f"case when not implied then {_LABEL[by]} end"


def label_column(by: By) -> str:
    """The column by whose changes the label changes; for activity and resource the state, unused."""
    return _COLUMN.get(by, "state")
