"""What a message says: only allowed tags, plain values, no way for data to become markup."""

from __future__ import annotations

import html.parser
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idic.interact.content.catalogue import KNOWN, NEEDS
from idic.interact.content.depth import measure_depth
from idic.interact.content.markup import (
    Bold,
    Button,
    Link,
    Paragraph,
    Points,
    Text,
    fence,
    list_urls,
    parse,
    unfence,
)
from idic.interact.content.rendering import (
    MissingValue,
    Renderer,
    WrongTemplate,
    find_problem,
    list_needed,
    names_in,
)
from idic.interact.content.starters import get_starter
from idic.interact.content.writing import to_html, to_text
from idic.interact.models import Goal

# Payloads of the field: Jinja2, Twig, Freemarker, Velocity, Go, ERB, Smarty, Handlebars, Mautic.
PAYLOADS = [
    "{{7*7}}",
    "{{ 7 * '7' }}",
    "{{ 'x' * 1000000000 }}",
    "{{ self }}",
    "{{ self.__init__.__globals__.__builtins__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ name.__class__ }}",
    "{{ name['__class__'] }}",
    "{{ name|attr('__class__') }}",
    "{{ config }}",
    "{{ config.items() }}",
    "{{ request.application.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ url_for.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ debug() }}",
    "{{ range(100000)|list }}",
    "{{ name|replace('a', 'b') }}",
    "{{ name|join(',') }}",
    "{{ [1,2]|tojson }}",
    "{{ name|safe }}",
    "{{ name|e }}",
    "{{ name ~ name }}",
    "{{ name if 1 else 2 }}",
    "{{ (name) }}",
    "{{ name[0] }}",
    "{{ -1 }}",
    "{{ 'name' }}",
    "{{ namespace(a=1) }}",
    "{{ dict(a=1) }}",
    "{{ env('SECRET_KEY') }}",
    '{{ env "HOME" }}',
    "{{ expandenv '$HOME' }}",
    "{{ .Env }}",
    '{{printf "%s" .Password}}',
    "{{ settings.SECRET_KEY }}",
    "{{ %mautic.db_password% }}",
    "{{#with name}}{{/with}}",
    "{{constructor.constructor('return process')()}}",
    "{{_self.env.registerUndefinedFilterCallback('exec')}}",
    "{{['id']|filter('system')}}",
    "{{['cat /etc/passwd']|map('passthru')}}",
    "{% for i in range(100000) %}x{% endfor %}",
    "{% for i in name %}{{ i }}{% endfor %}",
    "{% set x = 1 %}",
    "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'base.html' %}",
    "{% from 'a' import b %}",
    "{% block a %}{% endblock %}",
    "{% call name() %}{% endcall %}",
    "{% filter upper %}a{% endfilter %}",
    "{% raw %}{{ name }}{% endraw %}",
    "{% autoescape false %}{{ name }}{% endautoescape %}",
    "{% do name.x() %}",
    "{% with a=1 %}{% endwith %}",
    "{% if name.__class__ %}a{% endif %}",
    "{% if name() %}a{% endif %}",
    "{% if name * 3 %}a{% endif %}",
    "{% if name in 'abc' %}a{% endif %}",
    "{% if (name) %}a{% endif %}",
    "{% debug %}",
    "{% load static %}",
    "{% csrf_token %}",
    "{% php %}echo 1;{% endphp %}",
    "{# a comment #}",
    "{{ name",
    "name }}",
    "{% if name %}",
    "{% endif %}",
    "{% if name %}{% if you %}{% endif %}",
    "{% else %}",
    "{{ }}",
    "{{}}",
    "{% %}",
    "{{ nobody }}",
    "{{ name|default(you) }}",
    "{{ name|default('a', true) }}",
    "{{ name | upper }}",
    "{{ name|default('{{7*7}}') }}",
]
# Dangerous elsewhere, mere words here: they stand in the mail as they were typed.
MERE_WORDS = [
    "${7*7}",
    "${{7*7}".replace("{{", "{"),
    "#{7*7}",
    "<%= 7*7 %>",
    "<% require 'os' %>",
    "#set($x=1)",
    "$class.inspect('java.lang.Runtime')",
    "<#assign ex='freemarker.template.utility.Execute'?new()>",
    "[[${7*7}]]",
    "*{7*7}",
    "@(1+1)",
    "{php}echo 1;{/php}",
    "%mautic.db_password%",
    "%(name)s",
    "%s %d",
    "{0.__class__}",
    "<script>alert(1)</script>",
    "`id`",
    "$(id)",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_tag_outside_the_allow_list_is_refused_before_it_runs(payload: str) -> None:
    assert find_problem(f"Hello {payload}", known=KNOWN)
    with pytest.raises(WrongTemplate):
        Renderer(subject="x", body=payload, known=KNOWN)


@pytest.mark.parametrize("words", MERE_WORDS)
def test_tags_of_other_engines_are_mere_words(words: str) -> None:
    rendered = Renderer(subject=words, body=words, known=KNOWN).render({})

    assert rendered.subject == words
    assert rendered.body == words
    assert to_text(parse(rendered.body)) == words


@pytest.mark.parametrize("payload", PAYLOADS + MERE_WORDS)
def test_a_payload_in_a_persons_name_stays_their_name(payload: str) -> None:
    renderer = Renderer(subject="{{ name }}", body="Hi {{ name }}!", known=KNOWN)

    rendered = renderer.render({"name": payload})

    assert rendered.subject == " ".join(payload.split())
    assert to_text(parse(rendered.body)) == f"Hi {payload.strip()}!"


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


@given(st.text(max_size=120))
def test_no_value_becomes_a_tag_a_link_or_a_paragraph(value: str) -> None:
    body = f"Hi **{fence(value)}** and {fence(value)}, [go {fence(value)}](https://a.example/x)"

    reader = _Tags()
    reader.feed(to_html(parse(body)))

    assert reader.tags == ["p", "b", "a"]
    text = to_text(parse(body))
    assert text.count("https://a.example/x") == 1 + 3 * value.count("https://a.example/x")
    assert "\n" not in text


def test_a_link_made_by_a_name_is_words() -> None:
    body = f"{fence('[win](https://evil.example)')} **{fence('**x**')}**"

    [paragraph] = parse(body)

    assert isinstance(paragraph, Paragraph)
    assert paragraph.lines == (
        (
            Text("[win](https://evil.example)", is_personal=True),
            Text(" "),
            Bold((Text("**x**", is_personal=True),)),
        ),
    )


def test_a_value_cannot_complete_a_link() -> None:
    html_written = to_html(parse(f"[label](https://{fence('evil.example')}/x)"))

    assert "<a " not in html_written


def test_markup_reads_into_paragraphs_lists_links_and_buttons() -> None:
    body = (
        "Hello\nthere **you**\n\n- one\n- [two](https://a.example/2)\n\n[Order](https://a.example)"
    )

    blocks = parse(body)

    assert blocks == [
        Paragraph(((Text("Hello"),), (Text("there "), Bold((Text("you"),))))),
        Points(((Text("one"),), (Link((Text("two"),), "https://a.example/2"),))),
        Button((Text("Order"),), "https://a.example"),
    ]
    assert to_text(blocks) == (
        "Hello\nthere you\n\n- one\n- two: https://a.example/2\n\nOrder: https://a.example"
    )
    assert list_urls(body) == ["https://a.example/2", "https://a.example"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil", "ftp://a"])
def test_only_web_addresses_become_links(url: str) -> None:
    assert "<a " not in to_html(parse(f"[press]({url})"))


def test_marks_show_what_is_personal() -> None:
    rendered = Renderer(subject="x", body="Hi {{ name }}.", known=KNOWN).render({"name": "<b>"})

    assert to_html(parse(rendered.body), is_marked=True) == "<p>Hi <mark>&lt;b&gt;</mark>.</p>"
    assert to_html(parse(rendered.body)) == "<p>Hi &lt;b&gt;.</p>"
    assert unfence(rendered.body) == "Hi <b>."


def test_a_gap_is_never_sent() -> None:
    renderer = Renderer(subject="x", body="You like {{ product }}.", known=KNOWN)

    with pytest.raises(MissingValue):
        renderer.render({"name": "An"})
    with pytest.raises(MissingValue):
        renderer.render({"product": "  "})
    assert unfence(renderer.render({"product": "Tea"}).body) == "You like Tea."


def test_one_persons_gap_does_not_spoil_the_next() -> None:
    renderer = Renderer(subject="{{ product }}", body="x", known=KNOWN)

    with pytest.raises(MissingValue):
        renderer.render({})
    assert renderer.render({"product": "Tea"}).subject == "Tea"


def test_what_a_message_needs_leaves_out_what_it_asks_for_first() -> None:
    body = "{% if buy_again %}{{ buy_again }}{% endif %} {{ new_product }} {{ usual_gap }}"

    assert list_needed(subject="{{ name }}", body=body, needs=NEEDS) == (
        ("new_product",),
        ("usual_gap",),
    )


def test_names_are_read_from_tags_only() -> None:
    assert names_in("product {{ name|default('you') }} {% if overdue > 3 %}a{% endif %}") == [
        "name",
        "overdue",
    ]


@pytest.mark.req("R117")
def test_a_message_with_only_a_name_is_not_personal() -> None:
    shallow = measure_depth(subject="{{ name }}!", body="{{ greeting }}, {{ shop }} {{ offer }}")
    deep = measure_depth(subject="x", body="{{ greeting }}, {{ product }} {{ usual_gap }}")

    assert shallow.is_shallow
    assert shallow.has_name
    assert not deep.is_shallow
    assert deep.facts == ("product", "usual_gap")


@pytest.mark.req("R117")
@pytest.mark.parametrize("language", ["vi", "zh-hans", "en"])
@pytest.mark.parametrize("goal", Goal.values)
def test_every_starter_is_whole_and_personal_beyond_the_name(goal: str, language: str) -> None:
    starter = get_starter(goal=goal, language=language)
    values = {key: f"<{key}>" for key in KNOWN}

    rendered = Renderer(subject=starter.subject, body=starter.body, known=KNOWN).render(values)
    without_offer = Renderer(subject=starter.subject, body=starter.body, known=KNOWN).render(
        {**values, "offer": "", "offer_terms": ""}
    )

    assert not measure_depth(subject=starter.subject, body=starter.body).is_shallow
    assert 3 <= len(parse(rendered.body)) <= 9
    assert "{" not in rendered.body + rendered.subject
    assert "<offer>" not in without_offer.body
    assert len(starter.subject) <= 90


def test_starters_of_three_languages_differ() -> None:
    bodies = {get_starter(goal="win_back", language=code).body for code in ("vi", "zh-hans", "en")}

    assert len(bodies) == 3
    assert re.search(r"[\u4e00-\u9fff]", get_starter(goal="win_back", language="zh-hans").body)


def test_a_message_may_not_burn_more_than_its_fuel() -> None:
    body = "{% if name %}{{ name }}{% endif %}" * 500

    with pytest.raises(WrongTemplate, match="fuel"):
        Renderer(subject="x", body=body, known=KNOWN).render({"name": "a" * 10})
