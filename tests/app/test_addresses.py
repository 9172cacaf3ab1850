"""Where the local servers listen: kept whole, and a damaged file is named with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from casecore.app.addresses import Addresses, AddressesUnreadable, find_addresses, keep_addresses
from casecore.app.settings import read_settings


def test_what_was_kept_is_found_and_nothing_else_is_left(tmp_path: Path) -> None:
    kept = Addresses("postgresql:///casecore", "127.0.0.1:9092")
    keep_addresses(tmp_path, kept)
    assert find_addresses(read_settings({"CASECORE_HOME": str(tmp_path)})) == kept
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("damaged", [b"", b'["postgresql:///ca', b'["\xff", "x"]', b"{}"])
def test_a_damaged_file_is_named(tmp_path: Path, damaged: bytes) -> None:
    keep_addresses(tmp_path, Addresses("", ""))
    (file,) = tmp_path.iterdir()
    file.write_bytes(damaged)
    with pytest.raises(AddressesUnreadable, match="stop the local servers, and start them again"):
        find_addresses(read_settings({"CASECORE_HOME": str(tmp_path)}))
