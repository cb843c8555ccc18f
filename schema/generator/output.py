"""Writes generated files, and leaves alone those that would not change."""


class Output:
    """A folder of generated files. What keeps its content keeps its time, so that nothing is built anew for it."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, path, text):
        target = self.folder / path
        if target.exists() and target.read_text(encoding="utf-8") == text:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
