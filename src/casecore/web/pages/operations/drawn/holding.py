"""Pictures of who has cases: what falls due, how old it is, the load of agents, and where the time goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from casecore.web.charts.parts import Figure, LegendKey
from casecore.web.charts.rows import BarMeasure, ChartBar, ChartRow, RowChart
from casecore.web.pages.operations.sketch import PictureSubject, Sketch
from casecore.web.pages.operations.tables import Shape
from casecore.web.rendering.reader import PageReader
from casecore.web.rendering.times import duration
from casecore.web.rendering.words import N_
from projections.sla.pictures import DueByHolder, HeldTime
from projections.workload.pictures import AgentLoad, OpenAge

_DAY_SECONDS = 86_400
_MANY_SECONDS = 100 * _DAY_SECONDS
_LEVELS = ("not_taken", "level_0", "level_1", "partner")
_HOLDERS = ("level_0", "level_1", "partner", "hand_over", "customer", "outside_hours", "resolved")
_DUE = ("overdue", "at_risk", "within_a_day", "later")
_DUE_NAMES = {
    "overdue": N_("overdue"),
    "at_risk": N_("at risk"),
    "within_a_day": N_("due within 24 hours"),
    "later": N_("later"),
}


def draw_due(subject: PictureSubject) -> Sketch:
    """Picture 1."""
    reader = subject.reader
    rows: Sequence[DueByHolder] = subject.rows
    names = {name: reader.gettext(_DUE_NAMES[name]) for name in _DUE}

    def bar(row: DueByHolder) -> ChartBar:
        who = _holder(reader, row.organisation, row.agent)
        figures = [
            Figure(value, f"{who}: {reader.number(value)} {names[name]}", subject.link(row, name))
            for name in _DUE
            for value in [getattr(row, name)]
        ]
        return ChartBar(figures, reader.number(sum(one.value or 0 for one in figures)))

    title = reader.gettext("Cases with a promise that still runs, by the most pressing one")
    chart = RowChart(
        title=reader.gettext("What falls due, by who has it"),
        description=reader.gettext("A bar for each agent; those with most overdue come first."),
        empty=reader.gettext("No promise is running. Nothing falls due."),
        measures=[BarMeasure(title, [LegendKey(names[name], name) for name in _DUE], reader.number)],
        rows=[
            ChartRow(_holder(reader, one.organisation, one.agent), [bar(one)], one.agent is None)
            for one in rows
        ],
        more=_more(reader),
    )
    table = subject.table(
        Shape("organisation", reader.gettext("Organisation"), str),
        Shape("agent", reader.gettext("Agent"), lambda agent: agent or reader.gettext("nobody")),
        *(Shape(name, names[name], reader.number, is_number=True) for name in _DUE),
        Shape("next_due_at", reader.gettext("Next falls due"), subject.instant),
    )
    overdue, at_risk = sum(one.overdue for one in rows), sum(one.at_risk for one in rows)
    headline = reader.gettext(
        "%(overdue)s overdue, %(at_risk)s at risk",
        overdue=reader.number(overdue),
        at_risk=reader.number(at_risk),
    )
    return Sketch(chart, table, headline)


def draw_ages(subject: PictureSubject) -> Sketch:
    """Picture 5."""
    reader = subject.reader
    rows: Sequence[OpenAge] = subject.rows
    levels = [one for one in _LEVELS if any(row.level == one for row in rows)]
    by_age: dict[int, dict[str, OpenAge]] = defaultdict(dict)
    for one in rows:
        by_age[one.place][one.level] = one

    def row_of(of_levels: dict[str, OpenAge]) -> ChartRow:
        age = reader.word("age", next(iter(of_levels.values())).age)
        found = [of_levels[level] for level in levels if level in of_levels]
        figures = [
            Figure(
                one.cases,
                f"{age}, {reader.word('level', one.level)}: "
                + reader.ngettext("%(num)s open case", "%(num)s open cases", one.cases),
                subject.link(one, "cases"),
            )
            for one in found
        ]
        return ChartRow(age, [ChartBar(figures, reader.number(sum(one.cases for one in found)))])

    keys = [LegendKey(reader.word("level", level), level) for level in levels]
    chart = RowChart(
        title=reader.gettext("How old open cases are"),
        description=reader.gettext("A bar for each age, made of the levels at which the cases are."),
        empty=reader.gettext("Nothing is open."),
        measures=[BarMeasure(reader.gettext("Open cases"), keys, reader.number)],
        rows=[row_of(by_age[place]) for place in sorted(by_age)],
    )
    table = subject.table(
        Shape("age", reader.gettext("Open for"), lambda age: reader.word("age", age)),
        Shape("level", reader.gettext("Level"), lambda level: reader.word("level", level)),
        Shape("cases", reader.gettext("Cases"), reader.number, is_number=True),
        Shape("waiting", reader.gettext("of them waiting"), reader.number, is_number=True),
    )
    old = sum(one.cases for one in rows if one.place == max(by_age, default=0))
    headline = reader.gettext(
        "%(open)s open, %(old)s for over 90 days",
        open=reader.number(sum(one.cases for one in rows)),
        old=reader.number(old),
    )
    return Sketch(chart, table, headline)


def draw_load(subject: PictureSubject) -> Sketch:
    """Picture 6."""
    reader = subject.reader
    rows: Sequence[AgentLoad] = subject.rows
    names = [reader.gettext("to be worked on"), reader.gettext("waiting for the customer")]

    def bar(row: AgentLoad) -> ChartBar:
        who = _holder(reader, row.organisation, row.agent)
        urgent = reader.gettext("%(urgent)s urgent", urgent=reader.number(row.urgent))
        figures = [
            Figure(
                row.at_work, f"{who}: {reader.number(row.at_work)} {names[0]}", subject.link(row, "at_work")
            ),
            Figure(
                row.waiting, f"{who}: {reader.number(row.waiting)} {names[1]}", subject.link(row, "waiting")
            ),
        ]
        return ChartBar(figures, reader.number(row.cases) + (f", {urgent}" if row.urgent else ""))

    keys = [LegendKey(names[0], "one"), LegendKey(names[1], "waiting")]
    chart = RowChart(
        title=reader.gettext("Who has how much, and what nobody has"),
        description=reader.gettext("A bar for each agent; those with most come first."),
        empty=reader.gettext("Nothing is open."),
        measures=[BarMeasure(reader.gettext("Open cases"), keys, reader.number)],
        rows=[
            ChartRow(_holder(reader, one.organisation, one.agent), [bar(one)], one.agent is None)
            for one in rows
        ],
        more=_more(reader),
    )
    table = subject.table(
        Shape("organisation", reader.gettext("Organisation"), str),
        Shape("agent", reader.gettext("Agent"), lambda agent: agent or reader.gettext("nobody")),
        Shape("cases", reader.gettext("Open cases"), reader.number, is_number=True),
        Shape("at_work", reader.gettext("to be worked on"), reader.number, is_number=True),
        Shape("waiting", reader.gettext("of them waiting"), reader.number, is_number=True),
        Shape("urgent", reader.gettext("urgent"), reader.number, is_number=True),
        Shape("oldest_opened_at", reader.gettext("Oldest opened"), subject.instant),
    )
    headline = reader.gettext(
        "%(open)s open, %(cases)s with nobody",
        open=reader.number(sum(one.cases for one in rows)),
        cases=reader.number(sum(one.cases for one in rows if one.agent is None)),
    )
    return Sketch(chart, table, headline)


def draw_held(subject: PictureSubject) -> Sketch:
    """Picture 4."""
    reader = subject.reader
    rows: Sequence[HeldTime] = subject.rows
    by_organisation: dict[str, dict[str, HeldTime]] = defaultdict(dict)
    for one in rows:
        by_organisation[one.organisation][one.holder] = one
    holders = [one for one in _HOLDERS if any(row.holder == one for row in rows)]
    holders += sorted({row.holder for row in rows}.difference(holders))

    def row_of(organisation: str, of_holders: dict[str, HeldTime]) -> ChartRow:
        whole = float(sum(one.seconds for one in of_holders.values()))
        figures = []
        for holder in holders:
            found = of_holders.get(holder)
            seconds = float(found.seconds) if found else 0.0
            share = reader.percent(100 * seconds / whole) if whole else "–"
            text = f"{organisation}, {reader.word('holder', holder)}: {duration(seconds)}, {share}"
            figures.append(
                Figure(seconds / _DAY_SECONDS, text, subject.link(found, "seconds") if found else "")
            )
        total = reader.gettext(
            "%(days)s days",
            days=reader.number(round(whole / _DAY_SECONDS, 0 if whole > _MANY_SECONDS else 1)),
        )
        return ChartRow(organisation, [ChartBar(figures, total)])

    ordered = sorted(by_organisation.items(), key=lambda one: -sum(row.seconds for row in one[1].values()))
    keys = [LegendKey(reader.word("holder", one), f"held_{one}") for one in holders]
    chart = RowChart(
        title=reader.gettext("Where the time of cases goes"),
        description=reader.gettext("A bar for each organisation; its parts add up to the age of the cases."),
        empty=reader.gettext("No case was opened on these days."),
        measures=[
            BarMeasure(reader.gettext("Days that cases have lasted, by who had them"), keys, reader.number)
        ],
        rows=[row_of(*one) for one in ordered],
        more=_more(reader),
    )
    table = subject.table(
        Shape("organisation", reader.gettext("Organisation"), str),
        Shape("holder", reader.gettext("Who had them"), lambda holder: reader.word("holder", holder)),
        Shape("cases", reader.gettext("Cases"), reader.number, is_number=True),
        Shape("seconds", reader.gettext("Time"), lambda seconds: duration(float(seconds)), is_number=True),
    )
    return Sketch(chart, table, _headline_of_held(reader, rows) or chart.empty)


def _headline_of_held(reader: PageReader, rows: Sequence[HeldTime]) -> str:
    """How much of the time nobody had them; empty if there is no time."""
    whole = float(sum(one.seconds for one in rows))
    waits = float(sum(one.seconds for one in rows if one.holder == "hand_over"))
    if not whole:
        return ""
    share = reader.percent(round(100 * waits / whole, 1))
    return reader.gettext("%(share)s of the time nobody had them yet", share=share)


def _holder(reader: PageReader, organisation: str, agent: str | None) -> str:
    return f"{agent or reader.gettext('nobody')} · {organisation}"


def _more(reader: PageReader) -> str:
    return reader.gettext("There are more: the table has them.")
