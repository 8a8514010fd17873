"""The result of tests as JUnit XML, which build servers read."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from lifecycle.cases.running import Ran

__all__ = ["junit_xml"]


def junit_xml(ran: Sequence[Ran]) -> str:
    """Write cases that were run as one suite, with a failure for each that is not as expected."""
    failures = sum(not one.passed for one in ran)
    name = ran[0].definition.name if ran else "lifecycle"
    suite = ET.Element("testsuite", name=name, tests=str(len(ran)), failures=str(failures), errors="0", skipped="0")
    for one in ran:
        place = one.case.place
        case = ET.SubElement(suite, "testcase", classname=place.file, name=_printable(one.case.name))
        case.set("file", place.file)
        case.set("line", str(place.line or 1))
        if not one.passed:
            failure = ET.SubElement(case, "failure", message=_printable(one.misses[0].message))
            lines = [line for miss in one.misses for line in (f"{miss.place}: {miss.message}", *miss.why)]
            failure.text = _printable("\n".join(lines))
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _printable(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n" or letter >= " ")
