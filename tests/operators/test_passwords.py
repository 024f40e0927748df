"""Which passwords may be used."""

import pytest

from app.operators.passwords import reasons_against_password
from tests.cast import PASSWORD


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        pytest.param("wiosna-nad-odra", [], id="three words"),
        pytest.param("x7#kQ2!mZp9w", [], id="twelve signs"),
        pytest.param("zażółć gęślą jaźń", [], id="Polish letters"),
        pytest.param("wiosna-nad-odra-" * 16, [], id="256 signs"),
        pytest.param("short-one-1", ["password.short"], id="eleven signs"),
        pytest.param("x7#kQ2!mZp9w" * 22, ["password.long"], id="more than 256"),
        pytest.param("ann.kowalska", ["password.weak"], id="own name"),
        pytest.param("Ann.Kowalska1", ["password.weak"], id="own name and a digit"),
        pytest.param("ann.kowalskaann.kowalska", ["password.weak"], id="own name twice"),
        pytest.param("Password1234", ["password.weak"], id="common"),
        pytest.param("hasłohasło12", ["password.weak"], id="common in Polish"),
        pytest.param("administrator", ["password.weak"], id="a role"),
        pytest.param("123456789012", ["password.weak"], id="digits in order"),
        pytest.param("qwertyuiopas", ["password.weak"], id="keys in order"),
        pytest.param("aaaaaaaaaaaaab", ["password.weak"], id="one letter"),
        pytest.param("abzdabzdabzdabzd", ["password.weak"], id="repeated"),
    ],
)
def test_a_password_has_twelve_signs_and_is_hard_to_guess(app, password, codes):
    with app.test_request_context():
        assert [
            reason.code for reason in reasons_against_password(password, "ann.kowalska")
        ] == codes


@pytest.mark.parametrize(
    ("given", "word"),
    [
        pytest.param({"old": "not-my-password"}, "old", id="wrong old password"),
        pytest.param({"password": "short"}, "password", id="short"),
        pytest.param({"again": "Something-else-55"}, "again", id="not the same twice"),
        pytest.param({"old": ""}, "old", id="nothing"),
    ],
)
def test_the_own_password_is_not_changed_without_the_old_one_and_a_good_new_one(
    client_as, ann, given, word
):
    before = ann.password
    good = {"old": PASSWORD, "password": "Another-long-secret-7", "again": "Another-long-secret-7"}
    answer = client_as(ann).post("/profile/password", data={**good, **given})
    assert answer.status_code == 422
    assert f'id="{word}-errors"' in answer.text
    assert ann.password == before


def test_the_old_password_can_not_be_guessed_at_the_form(client_as, ann):
    browser = client_as(ann)
    given = {"password": "Another-long-secret-7", "again": "Another-long-secret-7"}
    codes = [
        browser.post(
            "/profile/password", data={**given, "old": f"guess-number-{number}"}
        ).status_code
        for number in range(11)
    ]
    assert codes == [422] * 10 + [429]
