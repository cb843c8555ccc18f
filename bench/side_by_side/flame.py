"""Flame graphs: what `perf script` prints, folded into stacks and drawn as SVG. A box is as wide as the share of samples in
which its function was at work, itself or in those above it."""
import collections
import html
import re
import zlib

WIDTH, ROW, LEAST = 1400, 16, 0.3  # Pixels; narrower boxes are left out.


def fold(lines):
    """Counts samples by stack, "thread;outermost;…;innermost". Each sample is a heading, its frames from the innermost on, and
    an empty line."""
    stacks = collections.Counter()
    thread, frames = None, []
    for line in lines:
        line = line.rstrip("\n")
        if not line.strip():
            if thread is not None:
                stacks[";".join([thread, *reversed(frames)])] += 1
            thread, frames = None, []
        elif not line[0].isspace():
            thread = line.split()[0]
        else:
            frames.append(_function(line.split(None, 1)[1]))
    return stacks


def _function(text):
    """The name without offset and object: `sluice::Log::read(int)+0x10 (/usr/bin/sluice)`."""
    name, _, place = text.rpartition(" (")
    name = re.sub(r"\+0x[0-9a-f]+$", "", name)
    if name == "[unknown]":
        return "[" + place.rstrip(")").rsplit("/", 1)[-1] + "]"
    return name.replace(";", ":") or "[unknown]"


class _Box:
    def __init__(self):
        self.count = 0
        self.above = {}


def _tree(stacks):
    root = _Box()
    for stack, count in stacks.items():
        box = root
        box.count += count
        for name in stack.split(";"):
            box = box.above.setdefault(name, _Box())
            box.count += count
    return root


def _depth(box):
    return 1 + max((_depth(one) for one in box.above.values()), default=0)


def _colour(name):
    shade = zlib.crc32(name.encode()) % 60
    return f"rgb({205 + shade % 50},{110 + shade},{60 + shade % 30})" if not name.startswith("sluice::") else f"rgb({80 + shade},{150 + shade},{90 + shade % 40})"


def draw(stacks, title):
    """An SVG; what belongs to Sluice is green. A click on a box is answered by its full name as a tooltip."""
    root = _tree(stacks)
    height = (_depth(root) + 3) * ROW
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="monospace" font-size="11">',
           '<rect width="100%" height="100%" fill="white"/>', f'<text x="8" y="16" font-size="14">{html.escape(title)}</text>']

    def place(box, name, left, level):
        width = WIDTH * box.count / max(root.count, 1)
        if width < LEAST:
            return
        y = height - (level + 1) * ROW
        text = html.escape(name)
        out.append(f'<g><title>{text}: {box.count} samples, {100 * box.count / root.count:.2f} %</title><rect x="{left:.1f}" y="{y}" '
                   f'width="{max(width - 0.3, 0.2):.1f}" height="{ROW - 1}" fill="{_colour(name)}"/>')
        letters = int(width / 6.7)
        if letters >= 3:
            short = name if len(name) <= letters else name[:letters - 2] + ".."
            out.append(f'<text x="{left + 2:.1f}" y="{y + ROW - 4}">{html.escape(short)}</text>')
        out.append("</g>")
        for above, one in sorted(box.above.items()):
            place(one, above, left, level + 1)
            left += WIDTH * one.count / root.count

    place(root, "all", 0, 0)
    return "\n".join(out + ["</svg>"]) + "\n"


def hottest(stacks, most=25):
    """The functions in which samples were taken themselves, and those that they were under: two lists of (share, name)."""
    alone, under = collections.Counter(), collections.Counter()
    for stack, count in stacks.items():
        names = stack.split(";")[1:] or ["?"]
        alone[names[-1]] += count
        for name in set(names):
            under[name] += count
    total = max(sum(stacks.values()), 1)
    return ([(count / total, name) for name, count in alone.most_common(most)],
            [(count / total, name) for name, count in under.most_common(2 * most)])
