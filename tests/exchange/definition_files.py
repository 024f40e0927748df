"""Files of definitions for the tests."""

from typing import Any

from app.exchange.definitions import files, present

WHOLE = """etap: 1
roles:
  Administrator: all
  Definitions editor: all
  Manager: all
  Operator: own
  Reader: team
series:
  - symbol: CRM
    name: CRM
    pattern: '{nr:4}/{rok}/{symbol}'
  - symbol: SRW
    name: Serwis
    pattern: '{symbol}-{nr:5}-{rok}'
    archived: true
features:
  - code: area
    name:
      pl: Obszar
      en: Area
    kind: tree
    registers:
      - contractors
      - events
    campaign: true
    several: true
    values:
      - name: Polska
        values:
          - Łódź
          - name: Łódź
            archived: true
          - '2026'
      - Niemcy
  - code: trade
    name:
      pl: Branża
      en: Trade
    kind: choice
    registers:
      - contractors
    required: visible
    fast: true
    initial: Ryby
    open_list: true
    values:
      - Ryby
      - 'no'
  - code: weight
    name:
      pl: Waga
      en: Weight
    kind: quantity
    registers:
      - contractors
      - stages
    units: kg, t
    required: always
    read_only: true
    dated: true
    initial: 1 kg
    least: 0 kg
    most: 5 kg
    roles:
      Operator: read
      Reader: hidden
    archived: true
  - code: friend
    name:
      pl: Znajomy
      en: Friend
    kind: reference
    registers:
      - persons
    target: contractor
    place: 2
  - code: remark
    name:
      pl: Uwaga
      en: Remark
    kind: longtext
    registers:
      - events
    series:
      - SRW
    longest: 500
    category_pl: Opis
    category_en: Description
    pattern: '[A-Z].*'
    pattern_help: wielka litera
    searchable: true
    help_text: 'Uwaga: # ważne'
    place: 3
"""


def read(text: str | bytes) -> Any:
    """The file as data."""
    return files.read(text, present.settings_schema())


def feature(code: str, kind: str, values: list[Any], **more: Any) -> str:
    """A file of one feature."""
    names = {"name": {"pl": code, "en": code}, "registers": ["contractors"]}
    one = {"code": code, **names, "kind": kind, **more, "values": values}
    return files.write({"etap": 1, "features": [one]})


def tree_of(code: str) -> Any:
    """The values of a feature as the file says them."""
    words = present.state()["features"]
    return next(one for one in words if one["code"] == code).get("values", [])
