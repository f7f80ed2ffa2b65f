"""The form in which a question is written: once in the business's language, and in others if
wanted.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from idic.identify.models import AskedOf, Question, QuestionKind
from idic.identify.public_forms.form_names import LANGUAGE_NAMES
from idic.identify.services.questions.editing import Wanted

HOLDS = (
    ("", _("For good")),
    ("30", _("One month")),
    ("90", _("Three months")),
    ("180", _("Six months")),
    ("365", _("One year")),
    ("730", _("Two years")),
    ("1095", _("Three years")),
)


def ordered_languages(first: str) -> list[str]:
    """Give the languages there are, the business's first."""
    codes = [code for code, _name in settings.LANGUAGES]
    return sorted(codes, key=lambda code: code != first)


class QuestionForm(forms.Form):
    """A question; the fields of the first language are asked for, the others may stay empty."""

    kind = forms.ChoiceField(
        label=_("What is an answer?"),
        choices=[one for one in QuestionKind.choices if one[0] not in ("phone", "email")],
    )
    holds_for_days = forms.ChoiceField(
        label=_("How long does an answer hold?"),
        choices=HOLDS,
        required=False,
        help_text=_("After that it may be asked again, with the old answer filled in."),
    )
    asked_of = forms.ChoiceField(label=_("Who is asked?"), choices=AskedOf.choices)

    def __init__(
        self, *args: Any, language: str, question: Question | None = None, **kwargs: Any
    ) -> None:
        if question is not None:
            kwargs["initial"] = _initial(question)
        super().__init__(*args, **kwargs)
        self.languages = ordered_languages(language)
        if question is not None:
            del self.fields["kind"]
        self._has_choices = question is None or question.kind == QuestionKind.CHOICE
        self._kind = question.kind if question else ""
        for number, code in enumerate(self.languages):
            self._add_language(code, is_first=number == 0)
        first = [f"{name}_{self.languages[0]}" for name in ("label", "wording")]
        self.order_fields([*first, "kind", f"choices_{self.languages[0]}"])

    def _add_language(self, code: str, *, is_first: bool) -> None:
        self.fields[f"label_{code}"] = forms.CharField(
            label=gettext("What it is about, in a word or two"),
            max_length=60,
            required=is_first,
            help_text=gettext("As it stands on the customer’s page: “Favourite tea”.")
            if is_first
            else "",
        )
        self.fields[f"wording_{code}"] = forms.CharField(
            label=gettext("The question as it is asked"), max_length=200, required=False
        )
        if self._has_choices:
            self.fields[f"choices_{code}"] = forms.CharField(
                label=pgettext("question", "Answers to choose from, one a line"),
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text=gettext("Only where an answer is one of several.") if is_first else "",
            )

    @property
    def first_fields(self) -> list[Any]:
        """The fields of the business's own language, and those of none."""
        others = tuple(f"_{code}" for code in self.languages[1:])
        return [self[name] for name in self.fields if not name.endswith(others)]

    @property
    def other_languages(self) -> list[tuple[str, str, list[Any]]]:
        """Code, name and fields of each other language."""
        return [
            (code, LANGUAGE_NAMES[code], [self[n] for n in self.fields if n.endswith(f"_{code}")])
            for code in self.languages[1:]
        ]

    def wanted(self) -> Wanted:
        """Give what was filled in."""
        given = self.cleaned_data
        lines = {
            code: given.get(f"choices_{code}", "").splitlines() if self._has_choices else []
            for code in self.languages
        }
        rows = zip_longest(*lines.values(), fillvalue="")
        days = given["holds_for_days"]
        return Wanted(
            label={code: given[f"label_{code}"] for code in self.languages},
            wording={code: given[f"wording_{code}"] for code in self.languages},
            kind=given.get("kind", self._kind),
            choices=[dict(zip(lines, row, strict=True)) for row in rows if any(row)],
            holds_for_days=int(days) if days else None,
            asked_of=given["asked_of"],
        )

    def blame(self, field: str, text: str) -> None:
        """Show what the service refused at the field it names."""
        name = field if field in self.fields else f"{field}_{self.languages[0]}"
        self.add_error(name if name in self.fields else None, text)


def _initial(question: Question) -> dict[str, Any]:
    days = question.holds_for_days
    found: dict[str, Any] = {
        "holds_for_days": str(days) if days else "",
        "asked_of": question.asked_of,
    }
    for code, _name in settings.LANGUAGES:
        found[f"label_{code}"] = question.label.get(code, "")
        found[f"wording_{code}"] = question.wording.get(code, "")
        found[f"choices_{code}"] = "\n".join(
            texts.get(code, "") for _code, texts in question.choices
        )
    return found
