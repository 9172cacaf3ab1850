"""The result of publishing a calendar or a policy."""

from __future__ import annotations

from casecore.app.service_levels.policies_and_calendars import Publication
from casecore.cli.output import print_json, screen


def print_publication(kind: str, published: Publication, as_json: bool) -> None:
    """Print the result of publishing; `kind` is `calendar` or `policy`."""
    answer = published.answer
    what = f"{kind} {published.id}, version {published.version}"
    if as_json:
        print_json({kind: published.id, "published_version": published.version, **answer._asdict()})
    elif answer.repeated:
        screen.print(f"{what}: this command was given before", markup=False)
    elif not answer.events:
        screen.print(f"{what}: is published already, nothing to change", markup=False)
    else:
        screen.print(f"{what}: published", markup=False)
