"""Counts over time as one line, drawn without any script: for pages that have none of ours."""

from collections.abc import Sequence
from dataclasses import dataclass

from refills.courses import Point

WIDTH = 640
HEIGHT = 140


@dataclass(frozen=True)
class Drawing:
    """A line in a box of WIDTH x HEIGHT, and the height at which everything guaranteed would be there."""

    line: str
    dots: list[tuple[int, int, Point]]
    level: int | None
    lowest: int
    highest: int
    width: int = WIDTH
    height: int = HEIGHT


def drawing_of(points: Sequence[Point], *, guaranteed: int | None) -> Drawing | None:
    """Return the line through these points, oldest first, or None while there is no line to draw."""
    if len(points) < 2:
        return None
    counts = [point.count for point in points] + ([guaranteed] if guaranteed is not None else [])
    lowest, highest = min(counts), max(counts)
    begin = points[0].at
    length = max((points[-1].at - begin).total_seconds(), 1)

    def across(point: Point) -> int:
        return round(WIDTH * (point.at - begin).total_seconds() / length)

    def down(count: int) -> int:
        return HEIGHT - HEIGHT * (count - lowest) // max(highest - lowest, 1)

    dots = [(across(point), down(point.count), point) for point in points]
    return Drawing(
        line=" ".join(f"{x},{y}" for x, y, _point in dots),
        dots=[dot for dot in dots if dot[2].mark],
        level=None if guaranteed is None else down(guaranteed),
        lowest=lowest,
        highest=highest,
    )
