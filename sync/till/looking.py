"""A till's store opened to look at, beside a till at work: nothing is taken, made, kept or written."""

from pathlib import Path

from sync.sqlite_driver import driver
from sync.till import index
from sync.till.database import FILE_NAME, Store
from sync.till.reading import Reader


class Looking(Store):
    """The store of `folder` for reading alone. Raises DatabaseError when its file cannot be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE_NAME
        address = f"{self.path.absolute().as_uri()}?mode=ro"
        self.connection = driver.connect(address, uri=True, isolation_level=None, factory=Reader)
        self.connection.writer = self.connection  # nothing changes what was read but by another process
        index.attach(self.connection, folder, index.in_use(self.connection))

    def reader(self) -> Reader:
        """The one connection, of the thread that opened it."""
        return self.connection

    def close(self) -> None:
        """Close it."""
        self.connection.close()
