"""The row of pages in the bench: no page is forgotten."""

from __future__ import annotations

from bench.web.addresses import unnamed_pages


def test_every_page_that_is_about_something_has_something_to_show() -> None:
    assert unnamed_pages() == []
