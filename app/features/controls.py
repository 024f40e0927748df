"""Controls of forms that features and campaigns share: a node of a tree, or several.

Of an open dictionary a name may be typed that is not there yet; `new:<name>` stands for it.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from wtforms.widgets import html_params

from app.fab.forms import RemoteField, RemoteWidget

NEW = "new:"


@dataclass(frozen=True)
class NewNode:
    """A value that was typed and is to be added."""

    name: str

    @property
    def id(self) -> str:
        """How forms send it."""
        return f"{NEW}{self.name}"

    @property
    def trail(self) -> str:
        """Its name: it will stand at the top."""
        return self.name


def creating(field: Any) -> dict[str, str]:
    """The attribute that lets new values be typed."""
    return {"data_create": _("Add “%(name)s”", name="{name}")} if field.open_list else {}


class NodeWidget(RemoteWidget):
    """A select of one node."""

    def __call__(self, field: "NodeField", **attributes: Any) -> Markup:
        """The select element."""
        return super().__call__(field, **attributes, **creating(field))


class NodeField(RemoteField):
    """One node, chosen by its id, or typed where the dictionary is open."""

    widget: RemoteWidget = NodeWidget()

    def __init__(self, *given: Any, open_list: bool = False, **more: Any) -> None:
        super().__init__(*given, **more)
        self.open_list = open_list

    def process_formdata(self, valuelist: list[str]) -> None:
        """Find the node behind the id; a new name is kept as it was typed."""
        text = valuelist[0].strip() if valuelist else ""
        new = self.typed(text)
        if new is None:
            super().process_formdata(valuelist)
        else:
            self.data = new

    def typed(self, text: str) -> NewNode | None:
        """The value that is to be added, if the text stands for one."""
        name = text.removeprefix(NEW).strip()
        return NewNode(name) if self.open_list and name and text.startswith(NEW) else None


class NodesWidget(RemoteWidget):
    """A select of several nodes that searches on the server."""

    def __call__(self, field: "NodesField", **attributes: Any) -> Markup:
        """The select element with the chosen ones in it."""
        given = {"id": field.id, "class": "form-select", **attributes, **creating(field)}
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


class NodesField(NodeField):
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
        return self.picker.find(int(text)) if plain else self.typed(text)
