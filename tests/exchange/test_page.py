"""The page of imports: tried first, looked at, then written; never a 500, never half."""

import io
import random
import re

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.contractors.models import Contractor
from tests.exchange.conftest import CONTRACTORS
from tests.exchange.test_files import sheet

FILE = b"code,name,nip,city\nA,Alpha,,\nB,Beta,,\n"
BAD = b"code,name,nip,city\nA,Alpha,,\nB,,,\n"


def post(client, file, profile=CONTRACTORS, **more):
    """Send a file with a profile of one's own."""
    own = profile.encode() if isinstance(profile, str) else profile
    data = {"profile_file": (io.BytesIO(own), "p.yaml"), "file": (io.BytesIO(file), "f"), **more}
    return client.post("/import/", data=data, content_type="multipart/form-data")


def mark_in(page):
    """The fingerprint of what was tried."""
    return re.search(r'name="rehearsed" value="(\w+)"', page.text)[1]


def how_many(session, model=Contractor):
    """Rows of the table."""
    return session.scalar(select(func.count()).select_from(model))


def test_the_file_is_tried_first_and_then_imported(client_as, admin, session):
    client = client_as(admin)
    tried = post(client, FILE)
    assert (tried.status_code, how_many(session)) == (200, 0)
    done = post(client, FILE, apply="1", rehearsed=mark_in(tried))
    assert (done.status_code, how_many(session)) == (200, 2)


def test_another_file_than_the_one_looked_at_is_only_tried(client_as, admin, session):
    client = client_as(admin)
    mark = mark_in(post(client, FILE))
    post(client, FILE + b"C,Gamma,,\n", apply="1", rehearsed=mark)
    post(client, FILE, apply="1")
    assert how_many(session) == 0


def test_bad_rows_are_shown_and_bar_the_import(client_as, admin, session):
    client = client_as(admin)
    page = post(client, BAD)
    assert 'data-label="' in page.text
    assert "rehearsed" not in page.text
    tried = post(client, BAD, skip_bad="y")
    post(client, BAD, skip_bad="y", apply="1", rehearsed=mark_in(tried))
    assert session.scalars(select(Contractor.code)).all() == ["A"]


def test_a_known_profile_can_be_chosen(client_as, admin):
    client = client_as(admin)
    page = client.get("/import/")
    assert "northwind/contractors" in page.text
    data = {"profile": "northwind/contractors", "file": (io.BytesIO(b"customerID\nA\n"), "f")}
    answer = client.post("/import/", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "companyName" in answer.text


def test_a_script_gets_the_report_alone(client_as, admin):
    client = client_as(admin)
    client.environ_base["HTTP_HX_REQUEST"] = "true"
    page = post(client, FILE)
    assert "<html" not in page.text
    assert mark_in(page)


def test_only_administrators_import(client_as, manager, editor, ann, session):
    for user in (manager, editor, ann):
        client = client_as(user)
        assert client.get("/import/").status_code in (302, 303, 403)
        assert post(client, FILE).status_code in (302, 303, 403)
    assert how_many(session) == 0


def test_names_in_the_file_are_text_on_the_page(client_as, admin):
    page = post(client_as(admin), b"code,name,nip,city\nA,x,<script>alert(1)</script>,\n")
    assert "<script>alert" not in page.text


def test_what_is_too_large_is_refused(client_as, admin, session):
    claimed = {"CONTENT_LENGTH": str(50 * 1024 * 1024)}
    answer = client_as(admin).post("/import/", data=b"", environ_overrides=claimed)
    assert answer.status_code == 413
    assert how_many(session) == 0


def mutations(seed, count):
    """Broken files and profiles, the same for a seed."""
    chance = random.Random(seed)
    good = [
        FILE,
        sheet(["code", "name", "nip", "city"], ["A", "Alpha", "", ""]),
        FILE.decode().encode("utf-16"),
    ]
    for _number in range(count):
        file, profile = bytearray(chance.choice(good)), bytearray(CONTRACTORS.encode())
        broken = file if chance.random() < 0.7 else profile
        for _change in range(chance.randint(1, 12)):
            mutate(chance, broken)
        yield bytes(file), bytes(profile)


def mutate(chance, data):
    """Change, drop, double or insert a piece."""
    place = chance.randrange(len(data) + 1)
    kind = chance.randrange(4)
    if kind == 0 and place < len(data):
        data[place] = chance.randrange(256)
    elif kind == 1:
        del data[place : place + chance.randint(1, 20)]
    elif kind == 2:
        data[place:place] = data[place : place + 40]
    else:
        odd = (b"\0", b'"', b"\n", b"\xff\xfe", b"=1+1", "ł".encode(), b"{a: *b}", b"9" * 30)
        data[place:place] = chance.choice(odd)


@pytest.mark.parametrize(
    "count", [25, pytest.param(1_000, marks=pytest.mark.full)], ids=["few", "many"]
)
def test_broken_files_never_break_the_page_nor_change_anything(count, client_as, admin, session):
    client = client_as(admin)
    client.environ_base["HTTP_HX_REQUEST"] = "true"
    before = how_many(session, AuditEntry)
    for file, profile in mutations(count, count):
        answer = post(client, file, profile)
        assert answer.status_code in (200, 400, 403, 422), (file, profile, answer.text)
    assert how_many(session) == 0
    assert how_many(session, AuditEntry) == before
