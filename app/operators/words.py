"""Rights in words, for the page of roles."""

from flask_babel import lazy_gettext as _l

ACTS = {
    "list": _l("see the list"),
    "show": _l("see"),
    "get": _l("read"),
    "info": _l("read the form's description"),
    "add": _l("add"),
    "edit": _l("change"),
    "post": _l("add"),
    "put": _l("change"),
    "edit_others": _l("change what others wrote"),
    "delete": _l("move to the trash"),
    "restore": _l("restore from the trash"),
    "history": _l("see the history"),
    "close": _l("close"),
    "reopen": _l("reopen"),
    "undo": _l("undo the last act"),
    "arrange": _l("add and order stages"),
    "bulk_close": _l("close many at once"),
    "use": _l("use"),
    "edit_history": _l("change closed stages"),
    "delete_history": _l("remove closed stages"),
    "hang": _l("hang on a campaign"),
    "mark": _l("make a tree a campaign"),
    "archive": _l("archive"),
    "deactivate": _l("deactivate and activate"),
    "password": _l("set passwords"),
    "sessions": _l("see and end logins"),
    "import": _l("import"),
    "export": _l("export"),
    "share": _l("share with a team or with everybody"),
    "administer": _l("change everybody's, choose what opens first"),
}

CALLED = {
    "operator.add": _l("operator added"),
    "operator.activate": _l("operator activated"),
    "operator.deactivate": _l("operator deactivated"),
    "operator.password": _l("password set"),
    "archive": _l("archived"),
    "unarchive": _l("in use again"),
}

PAGES = {
    "TodayView": _l("Today"),
    "BellView": _l("Notifications"),
    "ProfileView": _l("Own profile"),
    "SearchView": _l("Search"),
    "PickerView": _l("Choosing records in forms"),
    "LayoutView": _l("Widths and density of lists"),
    "FileView": _l("Files"),
    "CampaignView": _l("Campaigns"),
    "RoleView": _l("Roles"),
    "ImportView": _l("Import"),
    "OpenApi": _l("Description of the API"),
    "SwaggerView": _l("Trying out the API"),
    "AffiliationView": _l("Persons of contractors"),
    "HandoverView": _l("Handing over open items"),
    "BulkView": _l("Changing many rows at once"),
    "BulkApi": _l("Changing many records by a program"),
}
