"""Rules of how every page looks, which a program can check: sizes, columns, and its one language."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

from tests.web.everywhere.business import NAME, TEXT

if TYPE_CHECKING:
    from playwright.sync_api import Page

_NAMES = frozenset(
    "vendor nord sued campus klinik namesake praxis ost west wien partner vera ida jan adler office end "
    "postgresql kafka relay billing sla timeline workload watch api audit cases casecore "
    "Europe Berlin Vendor Nord Sued Campus Klinik Praxis Ost West Wien Kai Hafen Hamburg "
    "Code April August September November PDF XML CSV SVG IBAN ATU GGEVA EUR min viewer beyond again".split()
)
"""What is called the same in every language: who there is, programs, places and kinds of files."""

_READ = "for (const one of document.querySelectorAll('main details')) one.open = true"
_PHONE = """() => {
    const faults = [];
    const name = (one) => one.outerHTML.slice(0, 120);
    const seen = (one) => one.checkVisibility() && !one.closest('.unseen, .skip');
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const one = texts.currentNode.parentElement, drawing = one.closest('svg');
        if (!texts.currentNode.textContent.trim() || !seen(one)) continue;
        const drawn = drawing && drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width;
        const size = parseFloat(getComputedStyle(one).fontSize) * (drawn ?? 1);
        if (size < (drawn ? 11.5 : 14)) faults.push(`is written in ${size} px: ${name(one)}`);
    }
    for (const one of document.querySelectorAll('a, button, input, select, textarea, summary')) {
        if (!seen(one) || getComputedStyle(one).display === 'inline' || one.closest('svg')) continue;
        const ticked = one.matches('[type=checkbox], [type=radio]');
        const {height} = ((ticked && one.closest('label')) || one).getBoundingClientRect();
        if (height < 44) faults.push(`is ${height} px high for a finger: ${name(one)}`);
    }
    return faults;
}"""
_WIDE = """() => [...document.querySelectorAll('.scroll, section')]
    .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
    .map((one) => `has ${one.scrollWidth} px in ${one.clientWidth}: ${one.outerHTML.slice(0, 120)}`)"""
_NUMBERS = r"""() => [...document.querySelectorAll('main td:not(:has(time, code), [data-label=Version])')]
    .filter((one) => one.checkVisibility() && getComputedStyle(one).textAlign !== 'right')
    .filter((one) => /^[−-]?€?[\d.,]*\d(\s?(%|€|h|min|s))?$/.test(one.innerText.trim()))
    .map((one) => `has a number on the left: ${one.outerHTML}`)"""
_TEXTS = """() => {
    const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const {parentElement, textContent} = texts.currentNode;
        if (parentElement.closest('script, code, pre, textarea, [lang]:not(html)')) continue;
        found.push(textContent.trim().replace(/\\s+/g, ' '));
    }
    return found;
}"""


def phone_faults_of(page: Page) -> list[str]:
    """What is too small to be read or to be pressed on a phone, or wider than its place."""
    page.evaluate(_READ)
    return [*page.evaluate(_PHONE), *page.evaluate(_WIDE)]


def screen_faults_of(page: Page) -> list[str]:
    """What is wider than its place, and numbers that do not stand below each other."""
    page.evaluate(_READ)
    return [*page.evaluate(_WIDE), *page.evaluate(_NUMBERS)]


def untranslated(english: Page, german: Page) -> list[str]:
    """What a page says in German as it does in English, though it is no name."""
    same = set(english.evaluate(_TEXTS)) & set(german.evaluate(_TEXTS)) - _same_in_german()
    return [f"is not translated: {text}" for text in sorted(same) if not _is_named(text)]


@cache
def _same_in_german() -> frozenset[str]:
    catalogue = files("casecore.web") / "catalogues" / "de.po"
    with catalogue.open("rb") as file:
        return frozenset(str(one.id) for one in read_po(file, locale="de") if one.id == one.string)


def _is_named(text: str) -> bool:
    """Whether a text is of names, figures and what somebody wrote."""
    for written in (rf"(\w+ )?{re.escape(TEXT)}", re.escape(NAME), rf"{re.escape(NAME[:10])}\S*…"):
        text = re.sub(written, " ", text)
    return all(word in _NAMES for word in re.findall(r"[^\W\d_]{3,}", text))
