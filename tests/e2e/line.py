"""Lines that fail on purpose: a TCP proxy that loses answers, and servers that are no ledger."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

GIVE_UP_S = 20.0


class Proxy:
    """Forwards to `port` on loopback. While `losing` is set, answers are read and thrown away."""

    def __init__(self, port: int) -> None:
        self.losing = threading.Event()
        self.lost = 0
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        """Close every connection and wait for the threads."""
        for plug in list(self._open):
            _shut(plug)
        for thread in list(self._threads):
            thread.join(GIVE_UP_S)
        for plug in self._open:
            plug.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._open += [near, far]
                for turn in (self._forward, self._backward):
                    self._threads.append(threading.Thread(target=turn, args=(near, far), daemon=True))
                    self._threads[-1].start()

    def _forward(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(65536):
                far.sendall(data)
        _shut(far)

    def _backward(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(65536):
                if self.losing.is_set():
                    self.lost += 1
                    break
                near.sendall(data)
        _shut(near)


def _shut(plug: socket.socket) -> None:
    with contextlib.suppress(OSError):
        plug.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def server(answer: Callable[[socket.socket, threading.Event], None], port: int = 0) -> Iterator[str]:
    """The URL of a server that reads a request and then does what `answer` does, until the event is set."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", port))
    listener.settimeout(0.05)
    threads: list[threading.Thread] = []

    def serve_one(plug: socket.socket) -> None:
        with plug, contextlib.suppress(OSError):
            plug.settimeout(GIVE_UP_S)
            plug.recv(65536)
            answer(plug, over)

    def accept() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                plug, _ = listener.accept()
                threads.append(threading.Thread(target=serve_one, args=(plug,), daemon=True))
                threads[-1].start()

    threads.append(threading.Thread(target=accept, daemon=True))
    threads[0].start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        for thread in list(threads):
            thread.join(GIVE_UP_S)
        listener.close()
