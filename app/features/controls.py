"""Controls of forms that features and campaigns share: several nodes of a tree."""

from typing import Any

from markupsafe import Markup
from wtforms.widgets import html_params

from app.fab.forms import RemoteField, RemoteWidget


class NodesWidget(RemoteWidget):
    """A select of several nodes that searches on the server."""

    def __call__(self, field: "NodesField", **attributes: Any) -> Markup:
        """The select element with the chosen ones in it."""
        given = {"id": field.id, "class": "form-select", **attributes}
        given |= {"data_remote": f"/picker/{field.kind}", "multiple": True}
        one = Markup("<option value='{}' selected>{}</option>")
        chosen = Markup("").join(
            one.format(node.id, field.picker.text(node)) for node in field.data or ()
        )
        parameters = Markup(html_params(name=field.name, **given))  # noqa: S704 - escaped
        # the empty value says that the field was on the form
        return Markup("<input type='hidden' name='{}' value=''><select {}>{}</select>").format(
            field.name, parameters, chosen
        )


class NodesField(RemoteField):
    """Several nodes, chosen by their ids."""

    widget = NodesWidget()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Find the nodes behind the ids; those chosen before stay."""
        kept = {str(node.id): node for node in self.object_data or ()}
        texts = [text for text in dict.fromkeys(valuelist) if text]
        found = [kept.get(text) or self._found(text) for text in texts]
        self.lost = None in found
        self.data = [node for node in found if node is not None]

    def _found(self, text: str) -> Any:
        plain = text.isascii() and text.isdigit() and len(text) < 10
        return self.picker.find(int(text)) if plain else None
