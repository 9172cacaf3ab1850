"""How times are written, found out from samples."""

from __future__ import annotations

from collections.abc import Sequence

from casecore.imports.times.formats import ISO, NUMBERS, Stated, reader_of

CANDIDATES = (
    ISO,
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y, %H:%M",
    "%d.%m.%Y",
    "%d/%b/%y %I:%M %p",
    "%d/%b/%y %H:%M",
    "%d/%b/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%b %d, %Y %I:%M %p",
    "%b %d, %Y %I:%M:%S %p",
    "%d %b %Y %H:%M",
    "%a, %d %b %Y %H:%M:%S %z",
    *NUMBERS,
)
"""The usual ones; days go before months, where both can be read."""
_LIKELY = {"excel": (20_000, 80_000), "unix": (5e8, 5e9), "unix_ms": (5e11, 5e12)}
"""Numbers that are times of the last decades; other numbers are something else."""


def formats_of(samples: Sequence[str], *, is_named_so: bool) -> tuple[str, ...]:
    """The fewest usual formats that read all samples; none if some are no times.

    A number is taken for a time only in a column that `is_named_so`.
    """
    left = [text.strip() for text in samples]
    found: list[str] = []
    candidates = [name for name in CANDIDATES if is_named_so or name not in NUMBERS]
    reads = {name: {text for text in left if _reads(name, text)} for name in candidates}
    while left:
        best = max(candidates, key=lambda name: sum(text in reads[name] for text in left))
        rest = [text for text in left if text not in reads[best]]
        if len(rest) == len(left):
            return ()
        found.append(best)
        left = rest
    return tuple(found)


def is_local(time_format: str) -> bool:
    """Whether times in this format may have no offset."""
    return time_format not in ("unix", "unix_ms") and "%z" not in time_format and "%Z" not in time_format


def stated(time_format: str, text: str) -> Stated | None:
    """What a text states in a format; None if it is in another."""
    try:
        return reader_of(time_format)(text)
    except ValueError:
        return None


def _reads(time_format: str, text: str) -> bool:
    if stated(time_format, text) is None:
        return False
    if time_format == ISO:  # 20240506 may be anything
        return not text.isdigit()
    if time_format not in NUMBERS:
        return True
    least, most = _LIKELY[time_format]
    return least <= float(text.replace(",", ".")) < most
