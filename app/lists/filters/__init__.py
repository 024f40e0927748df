"""Filters of lists: the fields one may ask, their operators, the address and the tree of groups.

An area makes its fields with the functions of `kinds`; `in_force` reads an address, `understood`
a tree. What can't be read or is no longer there selects nothing, and says so.
"""

from app.lists.filters.asking import (
    Active,
    Condition,
    Problem,
    editable,
    in_force,
    test_of,
    understood,
)
from app.lists.filters.fields import (
    FilterField,
    Operator,
    Picked,
    Takes,
    Unreadable,
    add_fields,
    added_fields,
    quick,
)
from app.lists.filters.kinds import (
    choice,
    code,
    contains,
    days,
    flag,
    found_by,
    iso_days,
    moments,
    number,
    one_of_few,
    record,
    related,
    stamps,
    text,
    tree,
    whole_number,
)
from app.lists.filters.texts import all_words, folded, like
from app.lists.filters.where import BadWhere, Group, Leaf, from_data, parse

__all__ = [
    "Active",
    "BadWhere",
    "Condition",
    "FilterField",
    "Group",
    "Leaf",
    "Operator",
    "Picked",
    "Problem",
    "Takes",
    "Unreadable",
    "add_fields",
    "added_fields",
    "all_words",
    "choice",
    "code",
    "contains",
    "days",
    "editable",
    "flag",
    "folded",
    "found_by",
    "from_data",
    "in_force",
    "iso_days",
    "like",
    "moments",
    "number",
    "one_of_few",
    "parse",
    "quick",
    "record",
    "related",
    "stamps",
    "test_of",
    "text",
    "tree",
    "understood",
    "whole_number",
]
