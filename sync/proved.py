"""What the signatures and proofs inside messages are over: a domain, and everything else in the message."""

import msgspec

from sync.wire import Hello, PairRequest, RotateRequest, pack


def hello_bytes(hello: Hello) -> bytes:
    """What `Hello.signature` is over: a domain and everything else in the message."""
    return b"assidu-hello/1\0" + pack(msgspec.structs.replace(hello, signature=b""))


def again_bytes(request: PairRequest) -> bytes:
    """What `PairRequest.proof` is over: a domain and everything else in the message."""
    return b"assidu-again/1\0" + pack(msgspec.structs.replace(request, proof=b""))


def rotate_bytes(dev: int, inc: int, request: RotateRequest) -> bytes:
    """What `RotateRequest.proof` is over: a domain, whose key it is, and everything else in the message."""
    name = f"{dev}-{inc}".encode()
    return b"assidu-rotate/1\0" + name + b"\0" + pack(msgspec.structs.replace(request, proof=b""))
