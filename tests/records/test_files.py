"""Files of records: taken by name and content, given back safely, seen by who sees the record."""

import io
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.records import rules, store
from app.records.filetypes import TYPES, endings_for
from app.records.models import Attachment
from tests.cast import english
from tests.databases import FILES
from tests.records.carriers import address

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"


def packed(*members, kind=""):
    """An archive with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in members:
            archive.writestr(member, kind)
    return out.getvalue()


DOCX = packed("[Content_Types].xml", "word/document.xml")
XLSX = packed("[Content_Types].xml", "xl/workbook.xml")
ODT = packed("mimetype", kind=TYPES["odt"])


@pytest.fixture
def contractor(make_contractor, ann):
    """A contractor that only ann's team and those who see all may open."""
    return make_contractor("Zefir", keeper=ann)


def send(client, record, *files, **more):
    """Post files, given as (name, content)."""
    sent = [(io.BytesIO(content), name) for name, content in files]
    url = f"/files/?{address(record)}"
    return client.post(url, data={"file": sent}, content_type="multipart/form-data", **more)


def read(client, url):
    """The whole answer; the file behind it is closed."""
    return client.get(url, buffered=True)


def test_a_file_is_kept_journalled_and_given_back(client_as, ann, viewer, contractor, session):
    answer = send(client_as(ann), contractor, ("Umowa Łódź.pdf", PDF))
    assert (answer.status_code, answer.location) == (303, f"/contractors/{contractor.id}#files")
    file = session.scalars(select(Attachment)).one()
    assert (file.name, file.size, file.created_by_id) == ("Umowa Łódź.pdf", len(PDF), ann.id)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.record_type == "attachment")).one()
    assert entry.record_id == file.id
    found = read(client_as(viewer), f"/files/{file.key}?look=1")
    assert found.data == PDF
    assert found.headers["Content-Disposition"].startswith("attachment; filename=")
    assert (
        "filename*=UTF-8''Umowa%20%C5%81%C3%B3d%C5%BA.pdf" in found.headers["Content-Disposition"]
    )
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in found.headers["Content-Security-Policy"]
    assert found.headers["Cache-Control"] == "private, no-store"
    assert Path(FILES.name, file.digest[:2], file.digest[2:]).stat().st_mode & 0o777 == 0o600


def test_only_pictures_may_be_looked_at(client_as, ann, contractor, session):
    client = client_as(ann)
    send(client, contractor, ("a.png", PNG), ("a.txt", b"<script>x</script>"))
    found = {one.name: one.key for one in session.scalars(select(Attachment))}
    picture = read(client, f"/files/{found['a.png']}?look=1")
    assert picture.headers["Content-Disposition"].startswith("inline")
    assert picture.mimetype == "image/png"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    text = read(client, f"/files/{found['a.txt']}?look=1")
    assert (text.mimetype, text.headers["Content-Disposition"][:10]) == (
        "application/octet-stream",
        "attachment",
    )


def test_of_several_files_the_good_ones_are_kept_and_the_others_named(
    client_as, ann, contractor, session
):
    client = english(client_as(ann))
    files = (("good.png", PNG), ("bad.exe", b"MZ\x90\0"), ("lie.png", PDF), ("empty.txt", b""))
    send(client, contractor, *files)
    page = client.get(f"/contractors/{contractor.id}").text
    for words in (
        "Added: good.png.",
        "bad.exe: files of this kind are not taken.",
        "lie.png: the content is not what the name says.",
        "empty.txt: the file is empty.",
    ):
        assert words in page
    assert [one.name for one in session.scalars(select(Attachment))] == ["good.png"]


def test_a_file_larger_than_the_limit_is_refused(client_as, app, ann, contractor, monkeypatch):
    monkeypatch.setitem(app.config, "FILE_LIMIT", 1000)
    client = english(client_as(ann))
    send(client, contractor, ("long.txt", b"a" * 1001), ("fits.txt", b"a" * 1000))
    page = client.get(f"/contractors/{contractor.id}").text
    assert "long.txt: larger than" in page
    assert "Added: fits.txt." in page


def test_a_script_gets_the_messages_with_the_list(client_as, ann, contractor):
    client = english(client_as(ann))
    script = {"HX-Request": "true"}
    assert send(client, contractor, ("a.png", PNG), headers=script).status_code == 204
    part = client.get(f"/contractors/{contractor.id}/notes", headers=script).text
    assert "Added: a.png." in part
    assert 'hx-swap-oob="beforeend"' in part


def test_the_same_file_sent_again_is_the_one_that_is_there(client_as, ann, contractor, session):
    for _twice in "12":
        send(client_as(ann), contractor, ("a.png", PNG))
    assert len(session.scalars(select(Attachment)).all()) == 1


def test_a_strangers_files_are_out_of_reach(
    client_as, ann, bob, viewer, contractor, session, statements
):
    send(client_as(ann), contractor, ("a.png", PNG))
    file = session.scalars(select(Attachment)).one()
    with statements() as seen:
        assert read(client_as(bob), f"/files/{file.key}").status_code == 404
        assert send(client_as(bob), contractor, ("b.png", PNG)).status_code == 404
        assert client_as(bob).post(f"/files/{file.id}/delete").status_code == 404
        assert send(client_as(viewer), contractor, ("b.png", PNG)).status_code == 403
    assert [one for one in seen.writes if "attachment" in one] == []
    contractor.keeper_id = bob.id
    session.commit()
    assert read(client_as(ann), f"/files/{file.key}").status_code == 404
    assert read(client_as(bob), f"/files/{file.key}").status_code == 200


def test_a_file_goes_to_the_trash_and_comes_back(client_as, ann, make_user, contractor, session):
    client = client_as(ann)
    send(client, contractor, ("a.png", PNG))
    file = session.scalars(select(Attachment)).one()
    mate = client_as(make_user("mate", "Operator", "North"))
    assert mate.post(f"/files/{file.id}/delete").status_code == 403
    assert client.post(f"/files/{file.id}/delete").status_code == 303
    assert read(client, f"/files/{file.key}").status_code == 404
    assert "a.png" in client.get(f"/contractors/{contractor.id}/notes?trash=1").text
    assert client.post(f"/files/{file.id}/restoring").status_code == 303
    assert read(client, f"/files/{file.key}").status_code == 200


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "x", "a" * 22, "..", "%00" * 22]
)
def test_no_address_leads_out_of_the_store(client_as, ann, path):
    assert read(client_as(ann), f"/files/{path}").status_code in (400, 404, 405)


# --- names and kinds --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\x\\umowa.pdf", "umowa.pdf"),
        ("Zażółć gęślą jaźń.docx", "Zażółć gęślą jaźń.docx"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
        ('a"b<c>.txt', "a_b_c_.txt"),
        (" . ", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
    ],
)
def test_names_are_made_harmless_and_keep_their_letters(given, kept):
    assert rules.safe_name(given) == kept


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        ("pdf", PDF),
        ("png", PNG),
        ("jpeg", b"\xff\xd8\xff\xe1\0\x10Exif\0" + b"a" * 50),
        ("gif", b"GIF89a\1\0\1\0"),
        ("docx", DOCX),
        ("xlsx", XLSX),
        ("odt", ODT),
        ("zip", packed("a.txt")),
        ("xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512),
        ("txt", "zażółć".encode()),
        ("csv", "a;ż".encode("cp1250")),
        ("txt", "Ł".encode("utf-16")),
    ],
)
def test_content_fits_its_ending(ending, content):
    assert ending in endings_for(content)


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        ("png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("pdf", PNG),
        ("txt", PNG),
        ("txt", b"MZ\x90\0"),
        ("xlsx", DOCX),
        ("docx", packed("a.txt")),
        ("docx", b"PK\3\4" + b"x" * 100),
        ("pdf", b"<html>"),
    ],
)
def test_content_that_is_something_else_does_not(ending, content):
    assert ending not in endings_for(content)


@pytest.mark.parametrize("ending", ["svg", "html", "htm", "exe", "js", "docm", "lnk", "bat", ""])
def test_what_could_run_is_not_on_the_list(ending):
    assert ending not in TYPES


# --- the store --------------------------------------------------------------------------------


def test_content_that_no_row_names_is_swept(client_as, ann, contractor, app, command, session):
    send(client_as(ann), contractor, ("a.png", PNG))
    kept = session.scalars(select(Attachment.digest)).one()
    with app.app_context():
        lost = store.keep(b"nobody's")
        left = store.folder() / store.LEFT_BEHIND / "half"
        left.write_bytes(b"x")
        result = command("records", "tidy")
        assert result.exit_code == 0, result.output
        assert [store.path_of(one).exists() for one in (kept, lost)] == [True, False]
        assert not left.exists()


def test_a_refused_row_leaves_no_half_written_file(app, monkeypatch):
    with app.app_context():
        before = sorted(store.folder().rglob("*"))
        monkeypatch.setattr(store.os, "fsync", full_disk)
        with pytest.raises(OSError, match="full"):
            store.keep(b"never whole")
        assert [one for one in sorted(store.folder().rglob("*")) if one not in before] == []


def full_disk(_handle):
    """No space is left."""
    raise OSError("full")


# --- programs ---------------------------------------------------------------------------------


def post(client, name, content, **form):
    """A file sent by a program."""
    data = {"file": (io.BytesIO(content), name), **form}
    headers = {"Idempotency-Key": form.pop("key")} if "key" in form else {}
    kind = "multipart/form-data"
    return client.post("/api/v1/attachment/", data=data, content_type=kind, headers=headers)


def test_a_program_keeps_reads_and_trashes_files(api_as, ann, bob, contractor, session):
    program, where = api_as(ann), {"register": "contractor", "record": str(contractor.id)}
    made = post(program, "a.png", PNG, **where)
    assert made.status_code == 201, made.json
    path = made.headers["Location"]
    assert made.json["result"]["name"] == "a.png"
    assert read(program, f"{path}/content").data == PNG
    assert read(api_as(bob), f"{path}/content").status_code == 404
    assert post(api_as(bob), "a.png", PNG, **where).status_code == 404
    for name, content, code in (("a.exe", b"MZ\0", "file.kind"), ("b.pdf", PNG, "file.content")):
        refused = post(program, name, content, **where)
        assert (refused.status_code, refused.json["reasons"][0]["code"]) == (422, code)
    assert program.post("/api/v1/attachment/", data=where).status_code == 422
    mine = f"(col:register,opr:eq,value:contractor),(col:record,opr:eq,value:{contractor.id})"
    asked = f"(filters:!({mine}))"
    assert program.get(f"/api/v1/attachment/?q={asked}").json["count"] == 1
    assert program.delete(path, headers={"If-Match": '"1"'}).status_code == 200
    assert program.get(path).status_code == 404
    assert program.post(f"{path}/restoration").status_code == 200


def test_a_program_writes_notes(api_as, ann, bob, manager, contractor, session):
    program = api_as(ann)
    body = {"register": "contractor", "record": contractor.id, "text": "hello @manager"}
    made = program.post("/api/v1/note/", json=body)
    assert made.status_code == 201, made.json
    shown = made.json["result"]
    assert (shown["author"]["id"], shown["mentions"][0]["id"]) == (ann.id, manager.id)
    path = made.headers["Location"]
    assert api_as(bob).post("/api/v1/note/", json=body).status_code == 404
    assert program.post("/api/v1/note/", json={**body, "text": " "}).status_code == 422
    assert program.put(path, json={"text": "x"}, headers={"If-Match": '"7"'}).status_code == 412
    changed = program.put(path, json={"text": "x"}, headers={"If-Match": made.headers["ETag"]})
    assert (changed.status_code, changed.json["result"]["mentions"]) == (200, [])
    etag = changed.headers["ETag"]
    assert program.delete(path, headers={"If-Match": etag}).status_code == 200
    assert program.get(path).status_code == 404
