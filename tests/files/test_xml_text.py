"""Any text goes through XML and comes back, as a name and as a value."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from casecore.files import xml_text

ANY_TEXT = st.text() | st.text(alphabet='_x0041F ü\x01\n<&"😀\ufffe', max_size=20)
NAMES = etree.XMLSchema(
    etree.fromstring(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="e"><xs:complexType>'
        '<xs:attribute name="key" type="xs:Name"/></xs:complexType></xs:element></xs:schema>'
    )
)


@given(ANY_TEXT)
@example("_x0041" + "\x01")
@example("_x" + "\x01")
@example("_" + "\x01")
@example("_x_")
@example("\ud800")
def test_a_value_comes_back_through_a_parser(text: str) -> None:
    parsed = ElementTree.fromstring(f'<e value="{xml_text.value(text)}"/>')

    assert xml_text.plain(parsed.get("value", "")) == text


@given(ANY_TEXT)
@example("")
@example("_x_")
@example("_x0041_")
@example("1")
@example("ümlaut ß ÷ ×")
def test_a_name_is_one_by_the_schema_of_xml_and_comes_back(text: str) -> None:
    element = etree.fromstring(f'<e key="{xml_text.name(text)}"/>')

    assert NAMES.validate(element), text
    assert xml_text.plain(element.get("key")) == text


@given(st.sampled_from(["t", "ü", "concept:name"]), ANY_TEXT)
def test_a_name_in_another_form_is_another_name_of_the_same_text(first: str, rest: str) -> None:
    text = first + rest
    other = xml_text.unlike(xml_text.name(text))

    assert other != xml_text.name(text)
    assert xml_text.plain(other) == text
    assert NAMES.validate(etree.fromstring(f'<e key="{other}"/>'))


@given(ANY_TEXT, ANY_TEXT)
def test_no_two_texts_have_the_same_name_or_value(one: str, other: str) -> None:
    assert (xml_text.name(one) == xml_text.name(other)) == (one == other)
    assert (xml_text.value(one) == xml_text.value(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("concept:name", "concept:name"),
        ("service level", "service_x0020_level"),
        ("Größe", "Größe"),
        ("2nd", "_x0032_nd"),
        ("客", "_x5BA2_"),
        ("a_xylophone", "a_xylophone"),
    ],
)
def test_usual_names_are_readable(text: str, written: str) -> None:
    assert xml_text.name(text) == written
