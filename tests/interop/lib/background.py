"""A thread for what has to go on while a check does something else, such as a group's member that polls."""

import threading


class Background:
    """Calls `step` again and again until the block ends, which then raises what `step` raised."""

    def __init__(self, step):
        self._step = step
        self._stopping = threading.Event()
        self._error = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            while not self._stopping.is_set():
                self._step()
        except Exception as error:
            self._error = error

    def alive(self):
        """False, raising what happened, once `step` has raised."""
        if self._error:
            raise self._error
        return self._thread.is_alive()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self._stopping.set()
        self._thread.join(30)
        if kind is None:
            if self._error:
                raise self._error
            assert not self._thread.is_alive(), "the background step hangs"
