"""A program that says as JSON what pm4py and r4pm read in the files of a folder; run by tests alone."""

# mypy: ignore-errors
from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path


def main(folder: Path) -> None:
    """Read log.xes, log.sqlite and log.json, each by both tools, and print what they found."""
    found = {"xes": xes(folder / "log.xes")}
    found["sqlite"] = ocel(folder / "log.sqlite", from_sqlite)
    found["json"] = ocel(folder / "log.json", from_json)
    found["constraints"] = constraints(folder / "log.sqlite")
    print(json.dumps(found, sort_keys=True))


def xes(path: Path) -> dict[str, object]:
    import pm4py
    import r4pm

    frame = pm4py.read_xes(str(path), variant="lxml")
    log = r4pm.import_item("EventLog", str(path))
    return {
        "cases": int(frame["case:concept:name"].nunique()),
        "events": len(frame),
        "activities": dict(sorted(Counter(frame["concept:name"]).items())),
        "first": frame["time:timestamp"].min().isoformat(),
        "last": frame["time:timestamp"].max().isoformat(),
        "types": {
            name: str(frame[name].dtype).split("[")[0] for name in ("casecore:version", "time:timestamp")
        },
        "r4pm": r4pm.bindings.discover_dfg(log)["activities"],
    }


def from_sqlite(path: Path) -> object:
    import pm4py

    return pm4py.read_ocel2_sqlite(str(path))


def from_json(path: Path) -> object:
    from pm4py.objects.ocel.importer.jsonocel.variants import ocel20_standard

    return ocel20_standard.apply(str(path))


def ocel(path: Path, read) -> dict[str, object]:
    import r4pm

    log = read(path)
    other = r4pm.bindings.ocel_type_stats(r4pm.import_item("OCEL", str(path)))
    changes = log.object_changes
    return {
        "events": dict(sorted(Counter(log.events["ocel:activity"]).items())),
        "objects": dict(sorted(Counter(log.objects["ocel:type"]).items())),
        "relations": sorted(Counter(log.relations["ocel:qualifier"]).items()),
        "o2o": sorted(Counter(log.o2o["ocel:qualifier"]).items()),
        "changes": sorted(Counter(changes["ocel:field"]).items()),
        "r4pm": {
            "events": {name: n for name, n in sorted(other["event_type_counts"].items()) if n},
            "objects": {name: n for name, n in sorted(other["object_type_counts"].items()) if n},
        },
    }


def constraints(path: Path) -> list[int]:
    """How many of the standard's constraints a database satisfies, and how many it does not."""
    from pm4py.objects.ocel.validation import ocel20_rel_validation

    return [len(names) for names in ocel20_rel_validation.apply(str(path))]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
