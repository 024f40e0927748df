"""The table of keys: no two collide, each control's key is in it, hints follow the switches."""

import re
from itertools import product
from pathlib import Path

from app.fab.keys import ENTRIES, KEYS, PLACES, caps_of, is_letter

TEMPLATES = sorted((Path(__file__).parents[2] / "app" / "templates").rglob("*.html"))
SCRIPTS = sorted((Path(__file__).parents[2] / "app" / "static" / "js").glob("*.js"))
NAMED = re.compile(r"""data-key="([^"{]+)"|\bkey="([^"]+)"|keyed\("([^"]+)"\)""")
APART = {"days"}  # a menu that keeps its keys to itself


def test_no_two_keys_collide():
    pairs = [(one, two) for one, two in product(KEYS, KEYS) if one is not two]
    same = [one.keys for one, two in pairs if one.keys == two.keys and one.where == two.where]
    assert same == []
    shared = [key.keys for key in KEYS if key.where not in APART]
    assert len(shared) == len(set(shared))
    begun = {keys.split(" ")[0] for keys in shared if " " in keys}
    assert begun
    assert not begun & set(shared), "a key that begins a pair can't do something alone"


def test_every_key_of_a_control_is_in_the_table():
    known = {key.keys for key in KEYS}
    used = [
        (path.name, key)
        for path in TEMPLATES
        for found in NAMED.findall(path.read_text())
        for key in "".join(found).split(",")
    ]
    assert {"e", "c", "n", "Control+Enter"} <= {key for _name, key in used}
    assert [one for one in used if one[1] not in known] == []


def test_every_action_is_one_that_a_script_offers():
    text = "\n".join(path.read_text() for path in SCRIPTS)
    missing = [key.does for key in KEYS if not re.search(rf"\b{key.does}\b\s*[:,=(]", text)]
    assert missing == []
    assert {key.where for key in KEYS} == set(PLACES)


def test_keys_are_written_as_on_the_keyboard():
    caps = {"Control+Alt+Enter": ["Ctrl", "Alt", "Enter"], "Control+k": ["Ctrl", "K"]}
    caps |= {"g d": ["g", "d"], "Insert": ["Ins"], "?": ["?"]}
    assert {keys: caps_of(keys) for keys in caps} == caps
    alone = {"Control+k": False, "g d": True, "Insert": False, "c": True}
    assert {keys: is_letter(keys) for keys in alone} == alone


def test_the_menu_tells_the_keys_of_its_pages(client_as, admin):
    page = client_as(admin).get("/profile/").text
    assert [keys for keys in ENTRIES.values() if f'data-key="{keys}"' not in page] == []


def test_an_operator_switches_letters_and_hints_off_and_on(client_as, ann, bob):
    client, other = client_as(ann), client_as(bob)
    assert 'data-keys="off"' not in client.get("/profile/").text
    assert 'aria-keyshortcuts="n"' in client.get("/profile/").text
    assert client.post("/profile/keys", data={"hints": "1"}).location == "/profile/#keyboard"
    page = client.get("/profile/").text
    assert 'data-keys="off"' in page
    assert 'data-hints="off"' not in page
    assert 'aria-keyshortcuts="n"' not in page
    assert 'data-key="n"' in page, "the palette still knows it"
    client.post("/profile/keys", data={"letters": "1"})
    page = client.get("/profile/").text
    assert 'data-keys="off"' not in page
    assert 'data-hints="off"' in page
    assert 'data-hints="off"' not in other.get("/profile/").text


def test_switches_cost_a_page_no_statement(client_as, ann, statements):
    client = client_as(ann)
    with statements() as before:
        client.get("/profile/")
    client.post("/profile/keys", data={})
    with statements() as after:
        client.get("/profile/")
    assert len(after) == len(before)
