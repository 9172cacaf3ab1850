"""How many examples a property is tried on: one of three profiles, chosen by HYPOTHESIS_PROFILE.

A property that needs more or fewer than usual says so as a multiple, `@scaled(1.5)`, so that no test
overrides the profile. How long an example takes is never judged: on a busy machine it says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection

from hypothesis import HealthCheck, Phase, settings

PROFILE_VARIABLE = "HYPOTHESIS_PROFILE"
EXAMPLES_VARIABLE = "CASES_EXAMPLES"
"""The environment variable with a number of examples in place of the profile's."""
_EXAMPLES_OF_CI = 60
_USUAL_EXAMPLES = 100
"""What counts of seeds are given for: as many as hypothesis takes by itself."""
_SLOW = (HealthCheck.too_slow,)


def load_profile() -> None:
    """Register the profiles, and load the chosen one; a test module must be imported after that."""
    settings.register_profile("default_of_tests", deadline=None, suppress_health_check=_SLOW)
    base = settings.get_profile("default_of_tests")
    # `dev` looks quickly at new examples each time, and tries first what failed before.
    settings.register_profile("dev", base, max_examples=25)
    # `ci` takes the same examples for the same code: what fails there fails again when somebody looks, and
    # what passes is not undone by chance. New examples are found by the others.
    settings.register_profile("ci", base, max_examples=_EXAMPLES_OF_CI, derandomize=True, database=None)
    # `nightly` looks far, and prints how to repeat what it finds.
    settings.register_profile("nightly", base, max_examples=1_000, print_blob=True)
    settings.load_profile(os.environ.get(PROFILE_VARIABLE, "ci"))
    if EXAMPLES_VARIABLE in os.environ:
        examples = int(os.environ[EXAMPLES_VARIABLE])
        settings.register_profile("counted", settings.default, max_examples=examples)
        settings.load_profile("counted")


def scaled(
    times: float, *, suppressed: Collection[HealthCheck] = (), phases: Collection[Phase] = tuple(Phase)
) -> settings:
    """Settings for `times` as many examples as the profile has, at least five, with some checks off."""
    return settings(
        max_examples=max(5, round(settings.default.max_examples * times)),
        suppress_health_check=[*_SLOW, *suppressed],
        phases=phases,
    )


def in_proportion(count: int) -> int:
    """So many for a hundred examples, fewer or more by the profile: for what runs seeds of its own."""
    return max(1, count * settings.default.max_examples // _USUAL_EXAMPLES)


def fixed(examples: int) -> settings:
    """Settings for so many examples, the same ones in every profile: for what is not a search."""
    return settings(max_examples=examples, derandomize=True, database=None)
