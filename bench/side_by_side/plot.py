"""The ratios as a picture: a bar from the least to the most of each, a dot at the median, a line at what is wanted."""
import html
import math

WIDTH, LEFT, RIGHT, TOP, STEP = 900, 330, 30, 50, 22


def _x(ratio, low, high):
    part = (math.log10(min(max(ratio, low), high)) - math.log10(low)) / (math.log10(high) - math.log10(low))
    return LEFT + part * (WIDTH - LEFT - RIGHT)


def ratios(rows, title):
    """An SVG, on a logarithmic axis from a hundredth to tenfold at least."""
    values = [value for row in rows for value in (row.ratio_least, row.ratio_most) if 0 < value < math.inf]
    low = 10 ** min(-2, math.floor(math.log10(min(values, default=1))))
    high = 10 ** max(1, math.ceil(math.log10(max(values, default=1))))
    height = TOP + STEP * len(rows) + 30
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">',
           '<rect width="100%" height="100%" fill="white"/>', f'<text x="10" y="20" font-size="15">{html.escape(title)}</text>']
    tick = low
    while tick <= high * 1.0001:
        x = _x(tick, low, high)
        out.append(f'<line x1="{x:.1f}" y1="{TOP - 12}" x2="{x:.1f}" y2="{height - 25}" stroke="{"#888" if abs(tick - 1) < 1e-9 else "#ddd"}"/>')
        out.append(f'<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{tick:g}</text>')
        tick *= 10
    for number, row in enumerate(rows):
        y = TOP + STEP * number
        colour = {True: "#2a7", False: "#c33", None: "#57a"}[row.met]
        out.append(f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{html.escape(f"{row.load}: {row.metric.name}")}</text>')
        least, most, middle = (_x(value, low, high) for value in (row.ratio_least, row.ratio_most, row.ratio))
        out.append(f'<rect x="{least:.1f}" y="{y - 4}" width="{max(most - least, 1):.1f}" height="8" fill="{colour}" opacity="0.4"/>')
        out.append(f'<circle cx="{middle:.1f}" cy="{y}" r="4.5" fill="{colour}"><title>{row.ratio:.3g}</title></circle>')
        if row.metric.target is not None:
            x = _x(row.metric.target, low, high)
            out.append(f'<line x1="{x:.1f}" y1="{y - 9}" x2="{x:.1f}" y2="{y + 9}" stroke="black" stroke-width="2"/>')
    return "\n".join(out + ["</svg>"]) + "\n"
