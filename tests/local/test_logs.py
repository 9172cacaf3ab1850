"""A server's failure is said in a line or a few: a full disk first, else the end of its log."""

from __future__ import annotations

from pathlib import Path

from casecore.local.logs import failure, log_sizes, written_since

PAGE = [f"2026-03-02 09:00:{number:02} LOG:  redo goes on" for number in range(40)]


def test_a_full_disk_is_said_first_and_without_a_page_of_log(tmp_path: Path) -> None:
    # Given a server that ended since its disk is full, and that said much after it
    said = "\n".join([*PAGE, 'FATAL:  could not write to file "x": No space left on device', *PAGE])
    # When the failure is told
    told = failure("PostgreSQL did not start", said, tmp_path, tmp_path / "log")
    # Then it is one line, which says what to do
    assert told == (
        f"PostgreSQL did not start: the disk that holds {tmp_path} is full; "
        "free some space there, then try again"
    )


def test_another_failure_quotes_the_end_of_the_log(tmp_path: Path) -> None:
    told = failure("Kafka did not start", "\n".join([*PAGE, "", "the end"]), tmp_path, tmp_path / "kafka.log")
    assert told.splitlines() == [
        f"Kafka did not start; the end of its log, {tmp_path / 'kafka.log'}:",
        *(f"    {line}" for line in (*PAGE[-4:], "the end")),
    ]


def test_without_a_log_it_says_where_it_would_be(tmp_path: Path) -> None:
    assert (
        failure("Kafka did not start", "", tmp_path, tmp_path)
        == f"Kafka did not start; its log is {tmp_path}"
    )


def test_what_was_said_before_is_not_taken_for_the_cause(tmp_path: Path) -> None:
    # Given a log that ends with a disk that was full once
    log, other = tmp_path / "monday.log", tmp_path / "tuesday.log"
    log.write_text("No space left on device\n")
    before = log_sizes(tmp_path)
    # When the server goes on to write into it, and into another
    with log.open("a") as file:
        file.write("ready\n")
    other.write_text("ended\n")
    # Then only that counts
    assert sorted(written_since(before, tmp_path).split()) == ["ended", "ready"]
    # Also where the log was begun again
    log.write_text("new\n")
    assert "new" in written_since(before, log)
    assert written_since({}, tmp_path / "missing.log") == ""
