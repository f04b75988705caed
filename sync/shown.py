"""The code of a phone, shown to a till that is on line: has another till taken it (ledger-and-sync.md, row 25)?"""

import msgspec


class ShownRequest(msgspec.Struct, frozen=True, array_like=True):
    """`POST /shown`: this till was shown the code with this short hash (`card_code.code_hash`)."""

    code: bytes


class ShownAnswer(msgspec.Struct, frozen=True, array_like=True):
    """Whether the code with this short hash was shown at another till before."""

    code: bytes
    elsewhere: bool
