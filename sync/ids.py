"""Ticket names: UUID version 7 in hex (RFC 9562 section 5.7), from a given time and given random bytes."""

RANDOM_BYTES = 10


def uuid7(wall_ms: int, random: bytes) -> str:
    """32 hex digits that sort by `wall_ms` (milliseconds since 1970 UTC); `random` is 10 random bytes.

    Raises ValueError when the time does not fit 48 bits or there are too few random bytes.
    """
    if not 0 <= wall_ms < 1 << 48 or len(random) < RANDOM_BYTES:
        raise ValueError("a ticket name needs a time after 1970 and ten random bytes")
    noise = int.from_bytes(random[:RANDOM_BYTES], "big")
    value = wall_ms << 80 | 0x7 << 76 | (noise >> 68 & 0xFFF) << 64 | 0b10 << 62 | noise & ((1 << 62) - 1)
    return f"{value:032x}"
