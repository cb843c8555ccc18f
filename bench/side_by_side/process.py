"""What a process uses, as the kernel counts it (proc(5))."""
import os
import pathlib
import time

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time since the process began."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _number(path, name):
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    return 0


def memory_mib(pid):
    """Its share of the memory it uses now (PSS), and the most it has had (RSS)."""
    return {"pss": _number(f"/proc/{pid}/smaps_rollup", "Pss:") / 1024,
            "peak": _number(f"/proc/{pid}/status", "VmHWM:") / 1024}


def busy_share(pid, seconds=0.5):
    """Which part of one processor it takes while nobody asks anything of it."""
    before = cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / seconds


def wait_until_idle(pid, share=0.1, seconds=20):
    """Waits until the process rests. Returns what it still took when the patience was over, or less than `share`."""
    end = time.monotonic() + seconds
    while True:
        busy = busy_share(pid)
        if busy < share or time.monotonic() > end:
            return busy
