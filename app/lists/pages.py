"""The pages of global search and of the pickers."""

from typing import Any
from urllib.parse import urlsplit

from flask import abort, jsonify, redirect, request, url_for
from flask_appbuilder import expose, has_access, permission_name
from flask_babel import gettext as _

from app.access.current import acting
from app.db import fold, transaction
from app.fab.pickers import offer, picker
from app.fab.views import PageView
from app.lists.layouts import keep_layout
from app.lists.search import Source, recent_records, search

SUGGESTED, SHOWN = 5, 50


class SearchView(PageView):
    """Search everywhere at once."""

    route_base = "/search"

    @expose("/", methods=["GET"])
    @has_access
    def show(self) -> Any:
        """All matches, by register."""
        text = request.args.get("q", "").strip()[:200]
        groups = self.groups(text, SHOWN)
        return self.render_template(
            "lists/search.html", title=_("Search"), text=text, groups=groups
        )

    @expose("/suggest", methods=["GET"])
    @has_access
    @permission_name("show")
    def suggest(self) -> Any:
        """The first matches, below the search box."""
        text = request.args.get("q", "").strip()[:200]
        if not text:
            return ""
        all_url = url_for("SearchView.show", q=text)
        groups = self.groups(text, SUGGESTED)
        return self.render_template("lists/_suggestions.html", groups=groups, all_url=all_url)

    @expose("/palette", methods=["GET"])
    @has_access
    @permission_name("show")
    def palette(self) -> Any:
        """The same for the palette; before anything is typed, the records last seen."""
        text = request.args.get("q", "").strip()[:200]
        return jsonify(groups=self.groups(text, SUGGESTED) if text else recent_group())

    def groups(self, text: str, limit: int) -> list[dict[str, Any]]:
        """The matches per register, and the address of the list that has them all."""
        return [
            {
                "label": str(source.label),
                "icon": source.icon,
                "items": [entry(source, row) for row in rows[:limit]],
                "more": len(rows) > limit,
                "url": url_for(f"{source.view}.list", **filtered(source, text)),
            }
            for source, rows in search(acting(), text, limit + 1)
        ]


def entry(source: Source, row: Any) -> dict[str, str]:
    """One match: how it is called, what tells it apart, its card."""
    url = url_for(f"{source.view}.show", pk=row.id)
    return {"text": source.text(row), "note": source.note(row), "url": url}


def recent_group() -> list[dict[str, Any]]:
    """The records last seen, as a group."""
    items = recent_records()
    return [{"label": _("Recently seen"), "icon": "history", "items": items}] if items else []


class PickerView(PageView):
    """Answers the pickers of forms and filters."""

    route_base = "/picker"

    @expose("/<string(maxlength=20):kind>", methods=["GET"])
    @has_access
    def show(self, kind: str) -> Any:
        """One page of records to choose from; the first is 1."""
        chosen = picker(kind) or abort(404)
        page = request.args.get("page", "1")
        if not (page.isascii() and page.isdigit() and len(page) < 5):
            abort(400)
        text = fold(request.args.get("q", "")[:200].strip())
        return jsonify(offer(chosen, text, max(int(page) - 1, 0), request.args))


class LayoutView(PageView):
    """Keeps how an operator likes the tables: for nobody else, and no record changes."""

    route_base = "/layout"

    @expose("/<string(maxlength=60):page>", methods=["POST"])
    @has_access
    @permission_name("show")
    def keep(self, page: str) -> Any:
        """Density and widths of one register's list; then back to it."""
        views = self.appbuilder.baseviews
        if not any(one.endpoint == page and is_list(one) for one in views):
            abort(404)
        try:
            with transaction():
                keep_layout(
                    acting(), page, request.form.get("density"), request.form.get("widths")
                )
        except ValueError:
            abort(400)
        back = urlsplit(request.form.get("back", "")).query
        return redirect(f"{url_for(f'{page}.list')}{'?' if back else ''}{back}", 303)


def is_list(view: Any) -> bool:
    """Whether a page is a register with a list."""
    return hasattr(view, "all_columns")


def filtered(source: Source, text: str) -> dict[str, Any]:
    """The parameters of the register's list that finds the same."""
    return {f"_flt_0_{source.filter_field}": text}
