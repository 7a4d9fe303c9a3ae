"""What a camera signed is what the server reads, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adsum_contracts.sealing import (
    BLOB,
    BODY,
    KEY_BYTES,
    MAC,
    MAX_BLOB_BYTES,
    ForgedEntry,
    MalformedEntry,
    seal,
    unseal,
)

KEY, OTHER_KEY = bytes(KEY_BYTES), bytes([1]) * KEY_BYTES


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_what_was_sealed_comes_back(body: bytes, blob: bytes) -> None:
    entry = unseal("event", seal("event", body, blob, KEY), KEY)
    assert (entry.body, entry.blob) == (body, blob)


@given(
    st.binary(min_size=1, max_size=50), st.binary(max_size=50), st.sampled_from([BODY, BLOB, MAC]), st.data()
)
def test_one_changed_byte_is_a_forgery(body: bytes, blob: bytes, field: bytes, data: st.DataObject) -> None:
    fields = seal("event", body, blob, KEY)
    if not fields[field]:
        return
    place = data.draw(st.integers(0, len(fields[field]) - 1))
    changed = bytearray(fields[field])
    changed[place] ^= 1
    with pytest.raises(ForgedEntry):
        unseal("event", fields | {field: bytes(changed)}, KEY)


@given(st.binary(min_size=1, max_size=50))
def test_a_byte_cannot_move_from_body_to_blob(body: bytes) -> None:
    fields = seal("event", body, b"", KEY)
    with pytest.raises(ForgedEntry):
        unseal("event", fields | {BODY: body[:-1], BLOB: body[-1:]}, KEY)


def test_another_camera_s_key_does_not_open_it() -> None:
    with pytest.raises(ForgedEntry):
        unseal("event", seal("event", b"{}", b"", OTHER_KEY), KEY)


def test_an_event_never_passes_for_a_command() -> None:
    with pytest.raises(ForgedEntry):
        unseal("command", seal("event", b"{}", b"", KEY), KEY)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(MalformedEntry, match="mac"):
        unseal("event", {BODY: b"{}", BLOB: b""}, KEY)


def test_a_bomb_is_refused_before_it_is_hashed() -> None:
    with pytest.raises(MalformedEntry, match="too large"):
        unseal("event", seal("event", b"{}", bytes(MAX_BLOB_BYTES + 1), KEY), KEY)


def test_a_short_key_is_a_programmer_s_error() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal("event", b"{}", b"", b"short")
