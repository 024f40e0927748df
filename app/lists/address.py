"""The address of a list, which is its whole state: how it is read, tidied and handed along."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from flask import Flask, Response, request
from werkzeug.datastructures import MultiDict

Args = MultiDict[str, str]
LAST_PAGE = 100_000  # of groups
SIZES = (25, 50, 100, 200)
PLACES = ("after", "before", "at", "last", "groups")
PIECES = ("part", "pk", "open")  # what a script asks for or notes, which is no state of the list
EVERYTHING = "all"  # how a record's address says that it was opened from a list without filters


def filled(args: Args) -> Args:
    """The parameters that hold something; a form sends the empty ones too."""
    return MultiDict(pair for pair in args.items(multi=True) if pair[1].strip())


def canonical(args: Args, endpoint: str) -> Args:
    """The parameters as links write them: lists in one, the orders a form names by two."""
    found = filled(args)
    for name in ("cols", "by"):
        if len(given := found.getlist(name)) > 1:
            found[name] = ",".join(dict.fromkeys(given))
    if sorts := list(dict.fromkeys(found.poplist("sort"))):
        found[f"_oc_{endpoint}"] = ",".join(one.removeprefix("-") for one in sorts)
        ways = ["desc" if one.startswith("-") else "asc" for one in sorts]
        found[f"_od_{endpoint}"] = ",".join(ways)
    return found


def words_of(args: Args, name: str) -> list[str]:
    """The words of a parameter that holds several."""
    return [word for word in args.get(name, "").split(",") if word]


def position(args: Args) -> tuple[Any, Any]:
    """(cursor, direction) of the page the address asks for."""
    if "last" in args:
        return None, "last"
    for name, direction in (("after", "next"), ("before", "prev"), ("at", "at")):
        if args.get(name):
            return args[name], direction
    return None, "next"


def page_number(args: Args) -> int:
    """The page of groups that the address asks for."""
    text = args.get("groups", "1")
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LAST_PAGE):
        raise ValueError(text)
    return int(text)


def in_a_group(args: Args) -> bool:
    """Whether the address opens a group of a list."""
    return any(name.startswith(("_flt_0_by_", "_flt_1_by_")) for name in args)


def chosen_size(args: Args) -> int:
    """Rows on a page; only offered sizes."""
    size = int(args.get("size", SIZES[0]))
    if size not in SIZES:
        raise ValueError(size)
    return size


# --- from a list to a record and on to the next one ----------------------------------------------


def is_choice(name: str) -> bool:
    """Whether the parameter says which rows the list has, or in which order."""
    return name == "where" or name.startswith(("_flt_", "_oc_", "_od_"))


def origin(args: Args) -> str:
    """What a record's address carries along: `?from=` with the list's filters and order."""
    pairs = [pair for pair in args.items(multi=True) if is_choice(pair[0])]
    return f"?from={quote(urlencode(pairs) or EVERYTHING, safe='')}"


def read_origin(text: str) -> Args:
    """The filters and order that a record's address carries."""
    return MultiDict(pair for pair in parse_qsl(text[:4000]) if is_choice(pair[0]))


def keep_origin(response: Response) -> Response:
    """An act that leads back to the record it was done on keeps the list it was opened from."""
    came = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    given = dict(parse_qsl(came.query)).get("from")
    if request.method != "POST" or not given:
        return response
    for header in ("Location", "HX-Replace-Url"):
        target = urlsplit(response.headers.get(header, ""))
        if came.path in (target.path, f"{target.path}/edit"):
            response.headers[header] = target._replace(query=joined(target.query, given)).geturl()
    return response


def joined(query: str, given: str) -> str:
    """A query string with the list a page came from."""
    pairs: Mapping[str, str] = {**dict(parse_qsl(query)), "from": given}
    return urlencode(pairs)


def remember(app: Flask) -> None:
    """Let records know the list they were opened from."""
    app.after_request(keep_origin)
