"""Graphs and pictures say what they leave out, and any activity's name is only a name in them."""

from __future__ import annotations

import doctest
from xml.etree import ElementTree

from casecore.analysis.mining import pictures
from casecore.analysis.mining.pictures import Arc, MinedBar, arcs, bars
from casecore.app.analysis.mermaid import DrawnEdge, flowchart

NASTY = 'a "b" <script> & #quot; `c`'


def test_a_graph_has_the_most_frequent_arrows_and_says_what_it_leaves_out() -> None:
    edges = [
        DrawnEdge(None, "taken", 6, "6"),
        DrawnEdge("taken", "resolved", 8, "8 in 1:00:00"),
        DrawnEdge("resolved", None, 2, "2"),
    ]

    assert list(flowchart(edges, 2)) == [
        "---",
        "title: The 2 most frequent of 3; without 12.5 % of all",
        "---",
        "flowchart LR",
        '    n0["taken"]',
        '    n1["resolved"]',
        "    begin((begins))",
        '    n0 -->|"8 in 1:00:00"| n1',
        '    begin -->|"6"| n0',
        "    linkStyle 0 stroke-width:8px",
        "    linkStyle 1 stroke-width:6px",
    ]
    assert "title: All 3" in list(flowchart(edges, 3))
    assert list(flowchart([], 3))[-1] == "flowchart LR"


def test_in_a_graph_a_name_is_only_a_name() -> None:
    line = next(line for line in flowchart([DrawnEdge(NASTY, None, 1, NASTY)], 1) if "n0[" in line)

    assert line == '    n0["a #34;b#34; #60;script#62; #38; #35;quot; #96;c#96;"]'


def test_in_a_picture_a_name_is_only_a_name() -> None:
    drawn = (
        bars(NASTY, [MinedBar(NASTY, 1, NASTY), MinedBar("none", 0, "0")]),
        arcs(NASTY, [Arc(NASTY, "b", 2, NASTY), Arc("b", NASTY, 1, ""), Arc("b", "b", 9, "")], [NASTY, "b"]),
    )

    for picture in drawn:
        texts = [one.text for one in ElementTree.fromstring(picture.svg).iter() if one.tag.endswith("text")]
        assert texts.count(NASTY) == 3
        assert picture._repr_svg_() == picture.svg


def test_the_examples_run() -> None:
    found = doctest.testmod(pictures)

    assert (found.failed, found.attempted > 1) == (0, True)
