"""Ratios with their spread, from what the rounds of a load measured."""
import dataclasses
import statistics


@dataclasses.dataclass
class Row:
    """One metric of one load. The ratio is of Sluice to Kafka; its spread is over all rounds of both."""
    load: str
    metric: object
    ours: float
    theirs: float
    ratio: float
    ratio_least: float
    ratio_most: float

    @property
    def met(self):
        if self.metric.target is None:
            return None
        return self.ratio >= self.metric.target if self.metric.more_is_better else self.ratio <= self.metric.target


def _ratio(ours, theirs):
    return ours / theirs if theirs > 0 else float("inf")


def rows(load, measured):
    """`measured` has the rounds of each server: {"sluice": [{metric: value}, …], "kafka": […]}."""
    names = ("much", "little") if "much" in measured else ("sluice", "kafka")
    if any(not measured.get(name) for name in names):
        return []
    found = []
    for metric in load.metrics:
        ours, theirs = ([values[metric.name] for values in measured[name] if metric.name in values] for name in names)
        if not ours or not theirs:
            continue
        # Neighbours in time are compared, since what else the machine does changes slowly.
        ratios = [_ratio(a, b) for a, b in zip(ours, theirs)]
        found.append(Row(load.name, metric, statistics.median(ours), statistics.median(theirs), statistics.median(ratios),
                         min(ratios), max(ratios)))
    return found


def _number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _target(metric):
    if metric.target is None:
        return ""
    if metric.more_is_better:
        return f"≥ {metric.target:g}"
    return "≤ 1" if metric.target == 1 else f"≤ 1/{1 / metric.target:g}"


def table(found, whats):
    """Markdown. `whats` has each load's description."""
    lines = ["| load | metric | Sluice | Kafka | ratio (least to most) | wanted | |", "|---|---|---:|---:|---:|---:|---|"]
    for row in found:
        verdict = {True: "met", False: "missed", None: ""}[row.met]
        lines.append(f"| {row.load} | {row.metric.name} | {_number(row.ours)} | {_number(row.theirs)} | {row.ratio:.3g} "
                     f"({row.ratio_least:.3g} to {row.ratio_most:.3g}) | {_target(row.metric)} | {verdict} |")
    lines += ["", *(f"- `{name}`: {what}" for name, what in whats.items() if any(row.load == name for row in found))]
    return "\n".join(lines) + "\n"
