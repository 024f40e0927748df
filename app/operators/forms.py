"""Forms of accounts: passwords."""

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField

from app.fab.forms import required
from app.operators.passwords import reasons_against_password


class NewPasswordForm(FlaskForm):
    """A new password, twice."""

    password = PasswordField(_l("New password"), validators=[required()])
    again = PasswordField(_l("New password again"), validators=[required()])

    def is_good_for(self, user: User) -> bool:
        """Whether the operator may have this password; errors go to the fields."""
        reasons = reasons_against_password(self.password.data, user.username)
        self.password.errors = [str(reason.text) for reason in reasons]
        if not reasons and self.password.data != self.again.data:
            self.again.errors = [_("The two are not the same.")]
        return not self.errors


class PasswordForm(NewPasswordForm):
    """Old and new password."""

    old = PasswordField(_l("Present password"), validators=[required()])
