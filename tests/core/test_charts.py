"""Charts draw what they are told, to scale, name it for those who cannot see it, and escape it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from idic.core import charts
from idic.core.charts.frame import NARROW, WIDE, shorten, word_width
from idic.core.charts.scales import Scale, nice_step, ticks

EVIL = '<script>alert("x")</script>'


def _write(value: float) -> str:
    return f"{value:g}"


def _svgs(figure: str) -> list[ElementTree.Element]:
    found = re.findall(r'<svg [^>]*class="(?:wide|narrow|broad)".*?</svg>', figure, re.S)
    # Drawings hold no icons, so the first closing tag ends each.
    assert len(found) >= 2
    return [ElementTree.fromstring(svg) for svg in found]


def _lines(*, is_last_incomplete: bool = False) -> SafeString:
    return charts.lines(
        title="Cared for come back more",
        series=[
            charts.Line("Cared for", [0.2, 0.4, 0.6]),
            charts.Line("Control", [0.2, 0.3, 0.4], "c"),
        ],
        periods=["1", "2", "3"],
        write=_write,
        name="Week",
        is_last_incomplete=is_last_incomplete,
    )


def test_bars_are_as_long_as_their_values() -> None:
    figure = charts.bars(
        title="t",
        rows=[charts.Bar("a", 100), charts.Bar("b", 25), charts.Bar("c", 0)],
        write=_write,
        name="Reason",
        measure="People",
    )

    for svg in _svgs(figure):
        widths = [float(bar.get("width") or 0) for bar in svg.iter("rect")]
        assert widths[1] == pytest.approx(widths[0] / 4, abs=0.1)
        assert widths[2] == 0


def test_negative_bars_lie_on_the_other_side_of_zero() -> None:
    figure = charts.bars(
        title="t",
        rows=[charts.Bar("a", 50), charts.Bar("b", -50)],
        write=_write,
        name="n",
        measure="m",
    )

    wide = _svgs(figure)[0]
    gain, loss = [(float(b.get("x") or 0), float(b.get("width") or 0)) for b in wide.iter("rect")]

    assert gain[1] == pytest.approx(loss[1], abs=0.1)
    assert loss[0] + loss[1] == pytest.approx(gain[0], abs=0.1)


def test_every_chart_has_a_finding_a_voice_and_a_table() -> None:
    figure = _lines()

    assert "<figcaption>Cared for come back more</figcaption>" in figure
    wide, narrow = _svgs(figure)
    assert {svg.get("role") for svg in (wide, narrow)} == {"img"}
    assert wide.get("aria-label") == "Cared for: 1 0.2, 3 0.6; Control: 1 0.2, 3 0.4"
    assert '<th scope="row">3</th><td class="num">0.6</td><td class="num">0.4</td>' in figure


def test_each_drawing_has_its_own_size() -> None:
    sizes = [svg.get("width") for svg in _svgs(_lines())]

    assert sizes == [str(WIDE), str(NARROW)]


def test_a_broad_chart_is_drawn_a_third_time() -> None:
    figure = charts.columns(
        title="t",
        rows=[charts.Bar(str(n), n) for n in range(1, 25)],
        write=_write,
        name="n",
        measure="m",
        is_broad=True,
    )

    assert [svg.get("class") for svg in _svgs(figure)] == ["broad", "wide", "narrow"]


def test_the_last_incomplete_period_is_hatched_and_dotted() -> None:
    whole, part = _svgs(_lines())[0], _svgs(_lines(is_last_incomplete=True))[0]

    assert not [e for e in whole.iter() if "hatch" in (e.get("class") or "")]
    assert [e for e in part.iter() if e.get("class") == "hatch"]
    assert [e.get("class") for e in part.iter("polyline")] == ["c", "c part", "t", "t part"]


def test_a_missing_value_leaves_a_gap() -> None:
    figure = charts.lines(
        title="t",
        series=[charts.Line("a", [1, None, 3])],
        periods=["1", "2", "3"],
        write=_write,
        name="n",
    )

    assert len(list(_svgs(figure)[0].iter("polyline"))) == 2
    assert '<td class="num">–</td>' in figure


def test_an_unproven_interval_is_hollow() -> None:
    proven = charts.interval(title="t", value=5, low=3, high=7, write=_write)
    unproven = charts.interval(
        title="t", value=2, low=-3, high=7, write=_write, is_proven=False, reference=(4, "before")
    )

    assert "unsure" not in proven
    assert unproven.count('class="est ci unsure"') == 2
    assert "before 4" in unproven


def test_whiskers_of_a_list_share_one_scale() -> None:
    def middle(value: float) -> float:
        drawn = charts.whisker(
            value=value, low=value - 1, high=value + 1, scale_low=0, scale_high=10, write=_write
        )
        circle = ElementTree.fromstring(drawn).find("circle")
        assert circle is not None
        return float(circle.get("cx") or 0)

    assert middle(5) == 120
    assert middle(10) - middle(5) == middle(5) - middle(0)


def test_shares_fill_the_bar_and_nothing_is_drawn_for_nobody() -> None:
    figure = charts.share_bar(
        title="t",
        shares=[charts.Share("a", 90), charts.Share("b", 10, "c"), charts.Share("c", 0, "0")],
        write=_write,
        name="n",
        measure="m",
    )

    bar = ElementTree.fromstring(re.findall(r'<svg [^>]*class="chart".*?</svg>', figure, re.S)[0])
    rects = [(float(r.get("x") or 0), float(r.get("width") or 0)) for r in bar.iter("rect")]

    assert len(rects) == 2
    assert rects[-1][0] + rects[-1][1] == pytest.approx(1000, abs=0.2)
    assert "<dd>0</dd>" in figure


def test_heat_goes_from_nothing_to_the_highest_in_five_steps() -> None:
    steps = [charts.heat_class(v, highest=100) for v in (0, 19, 20, 59, 99, 100)]

    assert steps == ["h0", "h0", "h1", "h2", "h4", "h4"]
    assert charts.heat_class(None, highest=100) == ""
    assert charts.heat_class(5, highest=0) == "h0"


def test_retention_shades_later_periods_and_hatches_the_running_one() -> None:
    figure = charts.retention_grid(
        title="t",
        corner="c",
        columns=["0", "1", "2"],
        cohorts=[("June", [1, 0.4, 0.2]), ("July", [1, 0.1, None])],
        write=_write,
    )

    assert re.findall(r'<td class="([^"]*)">', figure) == [
        "h0", "h4", "h2 part", "h0", "h1 part",
    ]  # fmt: skip


def test_text_of_users_is_escaped_everywhere() -> None:
    drawn = "".join(
        [
            charts.bars(
                title=EVIL, rows=[charts.Bar(EVIL, 1)], write=_write, name=EVIL, measure=EVIL
            ),
            charts.columns(
                title=EVIL, rows=[charts.Bar(EVIL, 1)], write=_write, name=EVIL, measure=EVIL
            ),
            charts.lines(
                title=EVIL,
                series=[charts.Line(EVIL, [1, 2])],
                periods=[EVIL, EVIL],
                write=lambda _value: EVIL,
                name=EVIL,
                note=EVIL,
                csv_url=EVIL,
            ),
            charts.interval(
                title=EVIL, value=1, low=0, high=2, write=lambda _v: EVIL, reference=(1, EVIL)
            ),
            charts.share_bar(
                title=EVIL, shares=[charts.Share(EVIL, 1)], write=_write, name=EVIL, measure=EVIL
            ),
            charts.heat_grid(
                title=EVIL, corner=EVIL, columns=[EVIL], rows=[(EVIL, [1])], write=_write, note=EVIL
            ),
        ]
    )

    assert "<script" not in drawn
    assert " style=" not in drawn


def test_nothing_to_show_is_drawn_without_a_fault() -> None:
    assert "<svg" in charts.bars(title="t", rows=[], write=_write, name="n", measure="m")
    assert "<svg" in charts.columns(title="t", rows=[], write=_write, name="n", measure="m")
    assert "<svg" in charts.lines(title="t", series=[], periods=[], write=_write, name="n")
    assert "<svg" in charts.lines(
        title="t", series=[charts.Line("a", [None])], periods=["1"], write=_write, name="n"
    )


@given(
    st.lists(
        st.one_of(st.none(), st.floats(min_value=-1e9, max_value=1e9)), min_size=1, max_size=30
    ),
    st.booleans(),
)
def test_any_line_is_drawn_inside_its_frame(values: list[float | None], is_open: bool) -> None:
    figure = charts.lines(
        title="t",
        series=[charts.Line("a", values)],
        periods=[str(i) for i in range(len(values))],
        write=_write,
        name="n",
        is_last_incomplete=is_open,
    )

    for svg in _svgs(figure):
        for line in svg.iter("polyline"):
            for point in (line.get("points") or "").split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= float(svg.get("width") or 0)
                assert 0 <= y <= float(svg.get("height") or 0)


@given(st.floats(min_value=1e-6, max_value=1e12), st.integers(min_value=1, max_value=8))
def test_ticks_are_round_few_and_hold_the_whole_span(high: float, steps: int) -> None:
    marks = ticks(0, high, steps=steps)

    assert marks[0] == 0
    assert marks[-1] >= high * 0.999999
    assert 2 <= len(marks) <= steps + 2
    assert nice_step(high, steps=steps) > 0


def test_a_scale_without_a_span_puts_everything_at_its_start() -> None:
    assert Scale(3, 3, 10, 20).at(3) == 10


def test_words_are_measured_and_cut_to_their_room() -> None:
    assert word_width("王丽华") == 36
    assert word_width("e\u0301") == word_width("e")
    assert shorten("Norwegian salmon", width=60).endswith("…")
    assert shorten("Salmon", width=60) == "Salmon"
