"""Charts: what is drawn is what was given, within the frame, and readable without looks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casecore.web.charts.drawing import CARD, NARROW, WALL, WALL_CARD, WIDE, Drawing, Size, width_of
from casecore.web.charts.forms import Form, Panel
from casecore.web.charts.heat import HeatChart, step_of
from casecore.web.charts.parts import ChartSeries, Figure, LegendKey, TargetLine, spread
from casecore.web.charts.periods import PeriodChart, Tick
from casecore.web.charts.rows import BarMeasure, ChartBar, ChartRow, RowChart
from casecore.web.charts.scales import linear, mirrored, ticks_to

SIZES = (WIDE, NARROW, CARD, WALL, WALL_CARD)
MEASURED = "Cases with a promise that still runs, by the most pressing one"
COUNTS = st.integers(min_value=0, max_value=10**12)
NAMES = st.text(max_size=60)


def written(value: float) -> str:
    return f"{value:,.0f}"


def figure(value: float | None) -> Figure:
    return Figure(value, f"counts {value}", f"/behind?value={value}")


def rows_of(values: list[list[int]], names: list[str]) -> RowChart:
    parts = (
        [LegendKey(f"waiting for somebody, {place}", "level_0") for place in range(len(values[0]))]
        if values
        else []
    )
    bars = [ChartBar([figure(value) for value in row], written(sum(row))) for row in values]
    rows = [ChartRow(name, [bar]) for name, bar in zip(names, bars, strict=True)]
    return RowChart("Title", "Description", "Nothing is open.", [BarMeasure(MEASURED, parts, written)], rows)


def periods_of(form: Form, values: list[list[int]], target: TargetLine | None = None) -> PeriodChart:
    count = len(values[0]) if values else 0
    series = [
        ChartSeries(f"series {at}", "level_1", [figure(one) for one in row]) for at, row in enumerate(values)
    ]
    panel = Panel("Cases", form, series, written, target=target, steps=[10.0**power for power in range(14)])
    ticks = [Tick(place, f"day {place}") for place in range(count)]
    return PeriodChart("Title", "Description", "Nothing happened.", count, ticks, [panel] if values else [])


def parsed(drawing: Drawing) -> ET.Element:
    return ET.fromstring(drawing.__html__())


def marks(drawing: Drawing) -> dict[str, str]:
    """What is said of each mark, and where it leads."""
    found = [one for one in parsed(drawing).iter() if one.get("class") == "mark"]
    return {str(one.findtext("title")): one.get("href", "") for one in found}


def places(drawing: Drawing) -> Iterator[tuple[float, float]]:
    """Every corner of every mark."""
    for mark in [one for one in parsed(drawing).iter() if one.get("class") == "mark"]:
        for one in mark.iter():
            at = {name: float(value) for name, value in one.attrib.items() if name in ("x", "y", "cx", "cy")}
            if one.tag == "rect":
                yield at["x"], at["y"]
                yield at["x"] + float(one.attrib["width"]), at["y"] + float(one.attrib["height"])
            elif one.tag == "circle" and one.get("class") != "reach":
                yield at["cx"], at["cy"]
    for one in parsed(drawing).iter():
        if one.tag in ("polyline", "polygon"):
            for pair in one.attrib["points"].split():
                x, y = pair.split(",")
                yield float(x), float(y)


def assert_all_is_within(drawing: Drawing) -> None:
    for x, y in places(drawing):
        assert -0.01 <= x <= drawing.width + 0.01
        assert -0.01 <= y <= drawing.height + 0.01
    for one in parsed(drawing).iter("text"):
        if one.get("class") in ("unit", "label"):
            assert float(one.attrib["x"]) + width_of(one.text or "") <= drawing.width + 1


def test_each_part_of_a_bar_says_its_number_and_leads_to_its_cases() -> None:
    drawing = rows_of([[3, 1], [0, 2]], ["ida", "jan"]).draw(WIDE, "load")

    assert marks(drawing) == {f"counts {value}": f"/behind?value={value}" for value in (3, 1, 2)}


def test_bars_are_as_long_as_their_numbers() -> None:
    drawing = rows_of([[30, 10], [20, 0]], ["ida", "jan"]).draw(WIDE, "load")

    widths = [
        float(str(one.get("width")))
        for one in parsed(drawing).iter("rect")
        if one.get("x") and one.get("class") == "level_0"
    ]
    first, second, third = widths[-3:]
    assert first == pytest.approx(3 * second, rel=0.01)
    assert third == pytest.approx(2 * second, rel=0.01)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_what_is_empty_says_so(size: Size) -> None:
    for chart in (rows_of([], []), periods_of(Form.LINES, [])):
        assert chart.empty[:14] in chart.draw(size, "x").__html__()
    heat = HeatChart("Title", "Description", "Nothing came in.", "Cases", ["Mon"], ["1"], [[figure(0)]])
    assert "Nothing came" in heat.draw(size, "x").__html__()


@pytest.mark.parametrize("form", list(Form))
def test_one_period_is_drawn(form: Form) -> None:
    values = [[5], [2]] if form is Form.MIRRORED else [[5]]
    drawing = periods_of(form, values).draw(WIDE, "x")

    assert marks(drawing)["counts 5"] == "/behind?value=5"
    assert_all_is_within(drawing)


def test_what_nobody_knows_is_no_point_and_breaks_the_line() -> None:
    chart = periods_of(Form.LINES, [[5, 0, 7]])
    panel = chart.panels[0]
    series = panel.series[0]._replace(figures=[figure(5), figure(None), figure(7)])
    drawing = chart._replace(panels=[panel._replace(series=[series])]).draw(WIDE, "x")

    assert set(marks(drawing)) == {"counts 5", "counts 7"}
    assert len(list(parsed(drawing).iter("polyline"))) == 2


def test_what_stands_alone_among_many_periods_is_seen() -> None:
    chart = periods_of(Form.LINES, [[5] * 300])
    panel = chart.panels[0]
    figures = [figure(7 if place == 120 else None) for place in range(300)]
    drawing = chart._replace(
        panels=[panel._replace(series=[panel.series[0]._replace(figures=figures)])]
    ).draw(WIDE, "x")

    points = [one for one in parsed(drawing).iter("circle") if str(one.get("class")).startswith("point")]
    assert [one.get("r") for one in points] == ["2"]


def test_a_target_is_a_line_with_its_name() -> None:
    drawing = periods_of(Form.LINES, [[5, 9]], TargetLine(8, "target 8")).draw(WIDE, "x")

    assert [one for one in parsed(drawing).iter("line") if one.get("class") == "target"]
    assert "target 8" in drawing.__html__()


def test_a_line_says_its_last_figure_and_its_target_at_its_end() -> None:
    target = TargetLine(8, "target 8", "dashed: target 8")
    wide = periods_of(Form.LINES, [[5, 9]], target).draw(WIDE, "x")
    narrow = periods_of(Form.LINES, [[5, 9]], target).draw(NARROW, "x")

    assert [one.text for one in parsed(wide).iter("text") if one.get("class") == "label"] == ["9", "target 8"]
    assert "Cases (dashed: target 8)" in narrow.__html__()


def test_a_surface_has_the_pattern_of_its_legend() -> None:
    drawing = periods_of(Form.AREAS, [[5, 9]]).draw(WIDE, "x")

    patterns = {one.get("fill") for one in parsed(drawing).iter() if one.get("class") == "pattern"}
    assert [one.get("class") for one in parsed(drawing).iter("polygon")] == ["level_1", "pattern"]
    assert patterns == {"url(#x-wide-rising)"}


def test_the_longest_bar_ends_where_its_axis_does() -> None:
    drawing = rows_of([[11, 0], [5, 0]], ["ida", "jan"]).draw(WIDE, "x")

    ticks = [one.text for one in parsed(drawing).iter("text") if one.get("class") == "tick"]
    assert ticks == ["0", "5", "10"]


def test_names_are_escaped_and_no_style_is_within() -> None:
    name = '"><script>alert(1)</script>\x00\ud800'
    text = rows_of([[1]], [name]).draw(WIDE, "x").__html__()

    assert "<script" not in text
    assert "style" not in text
    assert "xlink" not in text
    ET.fromstring(text)


def test_it_has_a_name_and_a_description_for_screen_readers() -> None:
    svg = parsed(rows_of([[1]], ["ida"]).draw(WIDE, "load"))

    ids = str(svg.get("aria-labelledby")).split()
    said = [one.text for one in svg.iter() if one.get("id") in ids]
    assert said == ["Title", "Description"]


def test_of_many_marks_none_stops_the_tabulator() -> None:
    few = periods_of(Form.COLUMNS, [[1] * 20]).draw(WIDE, "x").__html__()
    many = periods_of(Form.COLUMNS, [[1] * 90]).draw(WIDE, "x").__html__()

    assert few.count('tabindex="-1"') == 0
    assert many.count('tabindex="-1"') == 90


def test_a_file_has_a_style_and_no_links() -> None:
    size = Size("file", 760, 100, 50, is_linked=False)
    svg = ET.fromstring(rows_of([[1]], ["ida"]).draw(size, "x").file(".one { fill: red; }"))

    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert svg.findtext("{http://www.w3.org/2000/svg}style") == ".one { fill: red; }"
    assert not re.search("href", ET.tostring(svg, encoding="unicode"))


@given(st.lists(st.tuples(NAMES, st.lists(COUNTS, min_size=2, max_size=2)), min_size=1, max_size=12))
def test_bars_are_within_the_frame(rows: list[tuple[str, list[int]]]) -> None:
    for size in SIZES:
        assert_all_is_within(rows_of([row for _, row in rows], [name for name, _ in rows]).draw(size, "x"))


@given(st.sampled_from(Form), st.lists(st.tuples(COUNTS, COUNTS, COUNTS), min_size=1, max_size=40))
def test_what_is_drawn_over_time_is_within_the_frame(form: Form, columns: list[tuple[int, int, int]]) -> None:
    chart = periods_of(form, [list(row) for row in zip(*columns, strict=True)])
    for size in SIZES:
        assert_all_is_within(chart.draw(size, "x"))


@given(st.floats(min_value=0, max_value=1e15), st.integers(1, 8), st.booleans())
@example(5e-324, 1, False)
def test_ticks_reach_from_zero_to_the_highest_value(high: float, most: int, whole: bool) -> None:
    ticks = ticks_to(high, most, whole=whole)

    assert ticks[0] == 0
    assert ticks[-1] >= high * (1 - 1e-9)
    assert len(ticks) <= most + 2
    if whole:
        assert all(one == int(one) for one in ticks)


@given(COUNTS, COUNTS)
def test_a_mirrored_scale_has_zero_where_bars_stand(above: int, below: int) -> None:
    scale = mirrored(above, below, 100, 0)

    assert 0 in scale.ticks
    assert scale.high >= above * (1 - 1e-9)
    assert -scale.low >= below * (1 - 1e-9)


def test_a_scale_puts_zero_and_its_end_at_the_edges() -> None:
    scale = linear(87, 100, 0)

    assert list(scale.ticks) == [0, 50, 100]
    assert [scale.place(one) for one in (0, 50, 100, 1_000)] == [100, 50, 0, 0]


def test_heat_has_a_step_for_each_fifth() -> None:
    assert [step_of(value, 10) for value in (0, 1, 2, 3, 10)] == [0, 1, 1, 2, 5]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_labels_keep_their_distance_and_their_order(wanted: list[float]) -> None:
    found = spread(wanted, 0, 100)

    ordered = [found[place] for place in sorted(range(len(wanted)), key=lambda place: wanted[place])]
    assert all(after - before >= 14 - 1e-6 for before, after in pairwise(ordered))
