"""Ranges of message versions."""
from dataclasses import dataclass

# Stands for "and all later ones"; versions are int16 on the wire.
OPEN = 32767


@dataclass(frozen=True)
class Versions:
    """The versions from `low` to `high`, both included; none where `high` is less than `low`."""
    low: int
    high: int

    def __contains__(self, version):
        return self.low <= version <= self.high

    def __iter__(self):
        return iter(range(self.low, self.high + 1))

    def __bool__(self):
        return self.low <= self.high

    def intersect(self, other):
        return Versions(max(self.low, other.low), min(self.high, other.high))

    def unite(self, other):
        """The smallest range that holds both."""
        if not self or not other:
            return self or other
        return Versions(min(self.low, other.low), max(self.high, other.high))

    def covers(self, other):
        return not other or (self.low <= other.low and other.high <= self.high)

    def text(self):
        if not self:
            return "none"
        if self.high == OPEN:
            return f"{self.low}+"
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"


NONE = Versions(0, -1)


def parse_versions(text):
    """Reads `3+`, `0-12`, `7` or `none`."""
    if text == "none":
        return NONE
    if text.endswith("+"):
        return Versions(int(text[:-1]), OPEN)
    low, _, high = text.partition("-")
    return Versions(int(low), int(high or low))
