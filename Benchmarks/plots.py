"""Two plots in docs/benchmarks/, drawn from the lines of the document's table, so that they never say anything else."""

import html
import re

import harness

FOLDER = harness.ROOT / "docs" / "benchmarks"
GOALS, GROWTH = "goals.svg", "growth.svg"
WIDTH, LABEL_WIDTH, TEXT_WIDTH = 950, 400, 190
BAR_HEIGHT, LINE_HEIGHT = 14, 22
# The plots' ends: a bar that is longer than this many goals is cut.
GOALS_SHOWN = 2
PANEL_HEIGHT, PANEL_MARGIN = 150, 60
REACHED, MISSED, QUIET, INK = "#2f7d5b", "#c4622d", "#bbbbbb", "#222222"


def draw(lines):
    """Writes the plots that there are lines for; gives the text that shows them."""
    rows = [cells(line) for line in lines]
    shown = []
    for name, title, text in (
        (GOALS, "Each row against its goal", goals(rows)), (GROWTH, "P10: how the rate changes", growth(rows))):
        if text:
            FOLDER.mkdir(exist_ok=True)
            (FOLDER / name).write_text(text, encoding="utf-8")
            shown.append(f"![{title}](benchmarks/{name})")
    return "\n\n".join(shown)


def cells(line):
    names = ("row", "work", "reference", "own", "other", "ratio", "p99", "goal")
    return dict(zip(names, (cell.strip() for cell in line[1:-1].split("|")), strict=True))


def leading_number(text):
    """23.0 of `23.0 MiB` or of `≤ 23 MiB`, 0.44 of `0.44× (0.39–0.50)`; None if there is none."""
    found = re.match(r"[≥≤]? ?([0-9][0-9,]*\.?[0-9]*)", text)
    return float(found[1].replace(",", "")) if found else None


def goals(rows):
    """A bar for each row that has a goal: its ratio, or its value, divided by the goal. At least and at most are told apart."""
    bars = [row for row in rows if leading_number(row["goal"])]
    if not bars:
        return ""
    scale = (WIDTH - LABEL_WIDTH - TEXT_WIDTH) / GOALS_SHOWN
    height = LINE_HEIGHT * (len(bars) + 2)
    parts = []
    for index, row in enumerate(bars):
        y = LINE_HEIGHT * (index + 1.5)
        figure = row["ratio"].split(" (")[0] or row["own"]
        share = leading_number(figure) / leading_number(row["goal"])
        reached = share >= 1 if row["goal"].startswith("≥") else share <= 1
        length = min(share, GOALS_SHOWN) * scale
        parts += [
            label(LABEL_WIDTH - 8, y, f"{row['row']} {row['work']}", "end"),
            f'<rect x="{LABEL_WIDTH}" y="{y - BAR_HEIGHT / 2:.1f}" width="{length:.1f}" height="{BAR_HEIGHT}" '
            f'fill="{REACHED if reached else MISSED}"/>',
            label(WIDTH - TEXT_WIDTH + 8, y, f"{figure} (goal {row['goal']})"),
        ]
    goal = LABEL_WIDTH + scale
    parts += [
        stroke([(goal, LINE_HEIGHT * 0.8), (goal, height - LINE_HEIGHT / 2)], INK, dashed=True),
        label(goal, LINE_HEIGHT * 0.5, "goal", "middle"),
    ]
    return svg(height, parts)


def growth(rows):
    """A line for each series of row P10: the ratio at each of its points, which stand at equal distances."""
    series = {}
    for row in rows:
        if row["row"] == "P10":
            name, point = row["work"].rsplit(": ", 1)
            series.setdefault(name, []).append((point, leading_number(row["ratio"]), row["own"], row["goal"]))
    parts = []
    for index, (name, points) in enumerate(series.items()):
        parts += panel(name, points, index * (PANEL_HEIGHT + PANEL_MARGIN) + PANEL_MARGIN / 2)
    return svg(len(series) * (PANEL_HEIGHT + PANEL_MARGIN), parts) if parts else ""


def panel(name, points, top):
    highest = max(1.2, *(ratio for _, ratio, _, _ in points))
    step = (WIDTH - 260) / max(1, len(points) - 1)

    def height(ratio):
        return top + PANEL_HEIGHT - ratio / highest * (PANEL_HEIGHT - 20)

    parts = [label(10, top, name)]
    for ratio, text in ((0, "0"), (1, "1×")):
        parts += [stroke([(80, height(ratio)), (WIDTH - 60, height(ratio))], QUIET), label(70, height(ratio), text, "end")]
    goal = next((leading_number(goal) for *_, goal in points if goal), None)
    if goal:
        parts += [
            stroke([(80, height(goal)), (WIDTH - 60, height(goal))], INK, dashed=True),
            label(70, height(goal), f"{goal:g}×", "end")]
    places = [(150 + step * index, height(ratio)) for index, (_, ratio, _, _) in enumerate(points)]
    parts.append(stroke(places, REACHED, width=2))
    for (x, y), (point, ratio, own, _) in zip(places, points, strict=True):
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{REACHED}"/>',
            label(x, y - 12, f"{own}, {ratio:.2f}×", "middle"), label(x, top + PANEL_HEIGHT + 14, point, "middle")]
    return parts


def label(x, y, text, anchor="start"):
    plain = html.escape(text.replace("`", ""))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" dominant-baseline="middle" fill="{INK}">{plain}</text>'


def stroke(places, color, width=1, dashed=False):
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}"{dashes}/>'


def svg(height, parts):
    """A page of the plot's size; white, since a reader's own background may be dark."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif" font-size="12">')
    return "\n".join([head, f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>', *parts, "</svg>"]) + "\n"
