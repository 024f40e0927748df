"""The framework's builder without its pages that change things by GET."""

from flask_appbuilder import AppBuilder

from app.fab.description import DescriptionView, EtapOpenApi


class CrmBuilder(AppBuilder):
    """Registers the start page, logins and the API's description; no `/back`, no `/lang/<x>`."""

    def _add_admin_views(self) -> None:
        self._indexview = self.add_view_no_menu(self.indexview)
        self.sm.register_views()
        self.add_api(EtapOpenApi)
        self.add_view_no_menu(DescriptionView)
