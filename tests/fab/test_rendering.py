"""Texts and macros of templates: said in the reader's language, safely."""

from flask import Flask, render_template_string

PIECE = """{% macro twice(text) %}{{ text }}{{ caller() if caller }}{% endmacro %}
{%- for name in ("<b>",) %}{{ twice(_("Account: %(name)s", name=name)) }}
{%- call twice("50%") %} {{ name }}{% endcall %}{% endfor %}"""


def test_what_a_text_is_given_is_escaped(app: Flask) -> None:
    with app.test_request_context():
        assert render_template_string(PIECE) == "Konto: &lt;b&gt;50% &lt;b&gt;"
