"""Charts drawn by the server: pure functions from numbers to a `<figure>` with SVG and table.

Grey is the control group, blue is what we did, hollow is not proven, hatched is not over yet.
Every chart says its finding in `title` and has its numbers in a table. Each is drawn twice, wide
and narrow, and the style sheet shows the one that fits: letters keep their size on a phone.
"""

from idic.core.charts.bars import Bar, bars, columns
from idic.core.charts.grids import heat_class, heat_grid, retention_grid
from idic.core.charts.intervals import interval, whisker
from idic.core.charts.lines import Line, lines
from idic.core.charts.shares import Share, share_bar

__all__ = [
    "Bar",
    "Line",
    "Share",
    "bars",
    "columns",
    "heat_class",
    "heat_grid",
    "interval",
    "lines",
    "retention_grid",
    "share_bar",
    "whisker",
]
