"""Following the feed: exactly once while nothing is cut, at least once for who is cut and goes on."""

from __future__ import annotations

from functools import partial
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from casecore.app.feed import subscription as bounds
from casecore.app.feed.judging import FeedReader, Judge
from casecore.app.feed.pages import read_page
from casecore.app.feed.subscriptions import Subscriptions
from casecore.visibility.rules import Viewer
from tests.app.feeds import ORGANISATIONS, ListedLog, allowed, histories, stored

PAGE = 3


class Follower:
    """A service that follows the feed: it reads pages until it is level, then takes what comes."""

    def __init__(self, log, subscriptions, organisation):
        self.reader = FeedReader(Viewer(organisation, organisation == "vendor"))
        self._log, self._subscriptions = log, subscriptions
        self._judge = Judge("casecore")
        self._following = None
        self.kept = [0]  # the cursors that it has had
        self.heard = []

    def read_to(self, up_to):
        while True:
            page = read_page(
                self._log, self._judge, self.reader, after=self.kept[-1], up_to=up_to, limit=PAGE
            )
            self.hear(page)
            if page.is_level:
                return

    def hear(self, page):
        self.heard += [event.position // 3 for event in page.events]
        self.kept += [event.position for event in page.events] + [page.place]

    def read(self):
        """Read what is published, unless it follows already."""
        if self._following is None:
            self.read_to(self._log.published)

    def take(self):
        """Take what has come; who does not follow yet follows from where it has read to."""
        if self._following is None:
            at = self.kept[-1]
            self._following = self._subscriptions.subscribe(self.reader, at, lambda: None)
            if self._following.starts_at > at:
                self.read_to(self._following.starts_at)
        self.hear(self._following.take())
        if self._following.has_ended:
            self.leave()

    def leave(self):
        if self._following is not None:
            self._subscriptions.unsubscribe(self._following)
            self._following = None

    def go_back(self, steps):
        """It is cut, and has kept an earlier cursor."""
        self.leave()
        self.kept.append(self.kept[-min(steps, len(self.kept))])


class Interrupted(ListedLog):
    """A log that does something while it is read."""

    meanwhile = ()

    def read(self, after, up_to, limit):
        acts, self.meanwhile = self.meanwhile, ()
        found = super().read(after, up_to, limit)
        for act in acts:
            act()
        return found


READER_ACTS = ("read", "take", "leave", "go_back")
acts_of_readers = st.tuples(st.sampled_from(("first", "second")), st.sampled_from(READER_ACTS))
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(1, 6)),
        st.tuples(st.just("step"), st.lists(acts_of_readers, max_size=3)),
        acts_of_readers,
    ),
    min_size=15,
    max_size=50,
)


@given(histories, ACTS, st.sampled_from(ORGANISATIONS), st.integers(1, 6))
def test_who_is_not_cut_hears_each_event_once_and_who_is_cut_misses_none(history, acts, organisation, back):
    # Given a log of which more and more is published, and two that follow it, of which the second goes back
    log, subscriptions = Interrupted(stored(history)), Subscriptions(Judge("casecore"))
    readers = {name: Follower(log, subscriptions, organisation) for name in ("first", "second")}

    def let(name, act):
        if act == "go_back":
            readers["second"].go_back(back)
        else:
            getattr(readers[name], act)()

    with patch.object(bounds, "MOST_WAITING", 8):  # who takes too little is cut, too
        for what, how in acts:
            if what == "publish":
                log.published = min(log.published + 3 * how, 3 * len(history))
            elif what == "step":
                log.meanwhile = [partial(let, *act) for act in how]
                subscriptions.step(log)
                log.meanwhile = ()
            else:
                let(what, how)
        # When both hear on until nothing is left
        log.published = 3 * len(history)
        for reader in readers.values():
            reader.take()
            while subscriptions.step(log):
                pass
            reader.take()
            reader.leave()
            reader.read()
    # Then the one has heard what it may, in order and once, and the other nothing less
    may_hear = [place for _, place, _ in allowed(history, organisation)]
    assert readers["first"].heard == may_hear
    assert sorted(set(readers["second"].heard)) == may_hear


def test_a_feed_that_has_ended_ends_those_who_follow_and_those_who_come():
    subscriptions, woken = Subscriptions(Judge("casecore")), []
    following = subscriptions.subscribe(FeedReader(None), 0, lambda: woken.append("first"))
    subscriptions.end()
    late = subscriptions.subscribe(FeedReader(None), 0, lambda: woken.append("late"))
    assert (following.has_ended, late.has_ended, woken) == (True, True, ["first", "late"])
