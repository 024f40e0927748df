"""The table of contents of the data: every table, in reading order."""

from flask_appbuilder.security.sqla.models import Group, Role, User

from app.access.models import RoleScope, SwitchedOff
from app.audit import followed, journal  # noqa: F401 - register the listeners
from app.audit.models import AuditEntry, Batch
from app.campaigns.models import Membership, Tally
from app.contractors.models import Contractor
from app.db import db, metadata
from app.desk import notices  # noqa: F401 - registers the listener
from app.desk.models import BellSetting, CalendarFeed, Notice
from app.events import flush, seen  # noqa: F401 - register the listeners and rules
from app.events.definitions import Numbering, Outcome, Series
from app.events.models import Event, Stage
from app.events.workdays import Workday
from app.fab.once import IdempotentReply
from app.features.changes.models import ChangedValue, FeatureChange
from app.features.models import DatedValue, Feature, FeatureNode
from app.lists.exports.models import Export
from app.lists.models import ListLayout
from app.lists.saved.models import FirstView, SavedView, TabOrder
from app.lists.selection import Selection
from app.operators.models import LoginAttempt, LoginSession
from app.persons.models import Affiliation, Person
from app.records.bulk.plans import BulkPlan
from app.records.models import Attachment, Draft, Mention, Note

__all__ = [
    "Affiliation",
    "Attachment",
    "AuditEntry",
    "Batch",
    "BellSetting",
    "BulkPlan",
    "CalendarFeed",
    "ChangedValue",
    "Contractor",
    "DatedValue",
    "Draft",
    "Event",
    "Export",
    "Feature",
    "FeatureChange",
    "FeatureNode",
    "FirstView",
    "Group",
    "IdempotentReply",
    "ListLayout",
    "LoginAttempt",
    "LoginSession",
    "Membership",
    "Mention",
    "Note",
    "Notice",
    "Numbering",
    "Outcome",
    "Person",
    "Role",
    "RoleScope",
    "SavedView",
    "Selection",
    "Series",
    "Stage",
    "SwitchedOff",
    "TabOrder",
    "Tally",
    "User",
    "Workday",
    "db",
    "metadata",
]
