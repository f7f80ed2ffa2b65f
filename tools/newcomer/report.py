"""Writes docs/reference/newcomer.md from what the walks took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tools.newcomer.person import (
    CHARACTERS_A_MINUTE,
    CLICKS_A_CHOICE,
    CLICKS_A_FILE,
    SECONDS_A_CLICK,
    WORDS_A_MINUTE,
    Step,
    seconds_of,
    seconds_of_reading,
)

MARK_MINUTES = 10
PEOPLE = 1500


@dataclass(frozen=True)
class Walk:
    """One walk, done."""

    title: str
    language: str
    said: str
    steps: Sequence[Step]
    ready_seconds: float

    @property
    def seconds(self) -> float:
        """Give the time of all steps."""
        return sum(seconds_of(step, language=self.language) for step in self.steps)

    @property
    def minutes(self) -> str:
        """Give the time as it is said."""
        return f"{self.seconds / 60:.1f}"


def write(walks: Sequence[Walk], *, today: date, commit: str) -> str:
    """Write the whole text."""
    ready = [walk.ready_seconds for walk in walks]
    return "\n".join(
        [
            "# A newcomer's walk",
            "",
            "Written by `make newcomer`; change nothing here by hand. From the first page to "
            "Measure, timed step by step: what the business is, own files imported, the first "
            "look at own data, a segment, a campaign with a control group in practice, and what "
            f"Measure says of it. Walked on {today:%-d %B %Y} at commit {commit}. The mark is "
            f"{MARK_MINUTES} minutes of reading and clicking.",
            "",
            "A script in Chromium walks as a person would: only by links, buttons and fields it "
            "sees, from the page it is on. What counts:",
            "",
            f"- **clicks**: {SECONDS_A_CLICK:.0f} s each; choosing a file counts "
            f"{CLICKS_A_FILE}, choosing from a list {CLICKS_A_CHOICE}; **typed**: a third of a "
            "second a character",
            f"- **words**: {WORDS_A_MINUTE} a minute in English and Vietnamese (every syllable "
            f"counts as a word, as it is written), {CHARACTERS_A_MINUTE} characters a minute in "
            "Chinese. What stands in the main part of the page above the lower edge of the first "
            "screen or of the button pressed; of a table or a list of people the head and the "
            "first row; a text read once is not read again, nor the message on the pages after "
            "it was written; not the menu, the steps, the small line above a title, folded parts, "
            "lists to look things up in (the facts of a person, what can be put into a message)",
            "- **wait**: from the click until the page stands, seconds of this machine, whatever "
            "else it does",
            "",
            f"The walk begins when the sample shop of {PEOPLE:,} people has all its figures, "
            f"{min(ready):.0f} to {max(ready):.0f} s after the start here.",
            *(line for walk in walks for line in _table(walk)),
            "",
            "## What it says",
            "",
            *(f"- {walk.title}: {walk.minutes} minutes{_verdict(walk)}" for walk in walks),
            "",
            _share(walks),
            "",
        ]
    )


def _table(walk: Walk) -> list[str]:
    clicks, typed, words = (
        sum(getattr(step, what) for step in walk.steps) for what in ("clicks", "typed", "words")
    )
    wait = sum(step.wait for step in walk.steps)
    return [
        "",
        f"## {walk.title}",
        "",
        walk.said,
        "",
        "| Step | clicks | typed | words | wait s | all s |",
        "|---|--:|--:|--:|--:|--:|",
        *(
            f"| {step.name} | {step.clicks} | {step.typed} | {step.words} | {step.wait:.1f} | "
            f"{seconds_of(step, language=walk.language):.0f} |"
            for step in walk.steps
        ),
        f"| **In all** | **{clicks}** | **{typed}** | **{words}** | **{wait:.0f}** | "
        f"**{walk.seconds:.0f} = {walk.minutes} min** |",
    ]


def _verdict(walk: Walk) -> str:
    beyond = walk.seconds / 60 - MARK_MINUTES
    return f", {beyond:.1f} beyond the mark" if beyond > 0 else ""


def _share(walks: Sequence[Walk]) -> str:
    reading = sum(
        seconds_of_reading(step, language=walk.language) for walk in walks for step in walk.steps
    )
    share = reading / sum(walk.seconds for walk in walks)
    most = max(
        ((words, name) for walk in walks for step in walk.steps for name, words in step.pages),
    )
    return (
        f"Reading is {share:.0%} of the time. The page with the most words is "
        f"“{most[1]}” ({most[0]})."
    )
