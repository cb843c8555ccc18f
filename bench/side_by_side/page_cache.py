"""A page cache that is full, as it is on any machine that has stored data for a while.

A new page then comes from one that is given up, and not from free memory, which a virtual machine's host may have to
provide page by page first: that costs more than all that a broker does with it, and says nothing of the broker.
"""
import os
import pathlib

CHUNK_BYTES = 2 * 1024 * 1024  # The kernel reads ahead little more than this at a time.
FREE_BYTES = 512 * 1024 * 1024  # Enough for what starts; less is free only while memory is being given up.


def free_bytes():
    with open("/proc/meminfo", encoding="ascii") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemFree:"))


class PageCache:
    """A file without blocks, of which as much is read as there is free memory. It takes no room on the disk."""

    def __init__(self, directory):
        self.path = pathlib.Path(directory) / "page-cache"
        self.size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        self.file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self.file, self.size)
        self.position = 0

    def fill(self):
        """What is there already is passed over; at most once through the file."""
        for _ in range(self.size // CHUNK_BYTES):
            if self.position % (64 * CHUNK_BYTES) == 0 and free_bytes() < FREE_BYTES:
                return
            os.posix_fadvise(self.file, self.position, CHUNK_BYTES, os.POSIX_FADV_WILLNEED)
            self.position = (self.position + CHUNK_BYTES) % self.size

    def close(self):
        os.close(self.file)
        self.path.unlink()
