"""Requests pages without a browser, by Streamlit's own protocol.

Such a client receives everything that a page's script sends, so rights are tested here.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.PageLink_pb2 import PageLink
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from websockets.sync.client import connect

from access.sessions import COOKIE


def post(address: str, path: str, fields: dict[str, str], **headers: str) -> http.client.HTTPResponse:
    """Send a form as a page of the site does; redirects are not followed."""
    return ask("POST", address, path, urlencode(fields), **{"Origin": address, **headers})


def ask(method: str, address: str, path: str, body: str | None = None, **headers: str) -> http.client.HTTPResponse:
    """One request and its response, with the body in `.content`."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    connection.request(method, path, body, kind | headers)
    answer = connection.getresponse()
    answer.content = answer.read()
    connection.close()
    return answer


def sign_in(address: str, name: str, password: str) -> str:
    """The token of a new session of a local user."""
    answer = post(address, "/sign-in", {"name": name, "password": password})
    assert answer.status == 303, answer.content.decode()
    return answer.headers["Set-Cookie"].split(";")[0].removeprefix(f"{COOKIE}=")


@dataclass
class Control:
    """A filter as drawn by a page: its options, and its values."""

    options: list[str]
    holds: list[str]


@dataclass
class Shown:
    """The content that one run of a page sent: texts, labels and addresses of downloads, kinds of elements.

    Also: the first link to each page by its name in an address; the controls by label; the ids of controls, boxes and
    buttons; the figures with the ids of their charts; the query of the address ("" if the run did not change it).
    """

    texts: list[str] = field(default_factory=list)
    downloads: dict[str, str] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    links: dict[str, PageLink] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    figures: list[dict] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    query: str = ""

    @property
    def words(self) -> str:
        """All texts together."""
        return "\n".join(self.texts)


def running(
    page: str, query: str = "", widgets: WidgetStates | None = None, page_hash: str = "", is_back: bool = False
) -> BackMsg:
    """The message that requests a run of a page by its name in an address, with the values of its widgets.

    A browser that has seen a link to the page sends its hash instead. `is_back`: the back button was pressed.
    """
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.page_script_hash = page_hash
    message.rerun_script.query_string = query
    message.rerun_script.is_history_navigation = is_back
    if widgets is not None:
        message.rerun_script.widget_states.CopyFrom(widgets)
    return message


def is_over(said: ForwardMsg) -> bool:
    """Whether a message is the last one of a run."""
    return said.WhichOneof("type") == "script_finished" and said.script_finished in (
        ForwardMsg.FINISHED_SUCCESSFULLY,
        ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
    )


def chosen(shown: Shown, sent: dict[str, str | list[str] | float | bool]) -> WidgetStates:
    """Widget states by label: one text (select box, text box), several texts, a number, or a press."""
    message = WidgetStates()
    for label, value in sent.items():
        state = message.widgets.add(id=shown.ids[label])
        if isinstance(value, bool):
            state.trigger_value = value
        elif isinstance(value, float):
            state.double_value = value
        elif isinstance(value, str):
            state.string_value = value
        else:
            state.string_array_value.data.extend(value)
    return message


def clicked(chart: str, code: str) -> WidgetStates:
    """A click on the chart mark with this code."""
    points = [{"customdata": code, "point_index": 0, "curve_number": 0}]
    said = {"selection": {"points": points, "point_indices": [0], "box": [], "lasso": []}}
    message = WidgetStates()
    message.widgets.add(id=chart, string_value=json.dumps(said))
    return message


class Client:
    """A reader's connection, with a session token or without; counts received bytes."""

    def __init__(self, address: str, token: str = "", origin: str = "", cookies: str = ""):
        self._address, self.session_id, self.received = address, "", 0
        sent = "; ".join(filter(None, [f"{COOKIE}={token}" if token else "", cookies]))
        self._cookies = {"Cookie": sent} if sent else {}
        self._connecting = connect(
            f"ws://{urlsplit(address).netloc}/_stcore/stream",
            subprotocols=["streamlit"],
            additional_headers=self._cookies,
            origin=origin or address,
            max_size=None,
        )

    def __enter__(self) -> Client:
        self._socket = self._connecting.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._connecting.__exit__(*error)

    def _send(self, message: BackMsg) -> None:
        self._socket.send(message.SerializeToString())

    def _heard(self) -> ForwardMsg:
        said = self._socket.recv(timeout=60)
        self.received += len(said)
        return ForwardMsg.FromString(said)

    def run(self, page: str, query: str = "", *more: WidgetStates | str | bool | None) -> Iterator[ForwardMsg]:
        """Run a page by its name in an address ("" is the overview); yields every message up to the last of the run.

        `more`: as for `running`.
        """
        self._send(running(page, query, *more))
        over = False
        while not over:
            said = self._heard()
            if said.WhichOneof("type") == "new_session":
                self.session_id = said.new_session.initialize.session_id
            over = is_over(said)
            yield said

    def open(self, page: str, query: str = "", *more: WidgetStates | str | bool | None) -> Shown:
        """Run a page and collect its content; `more` as for `running`."""
        shown = Shown()
        for said in self.run(page, query, *more):
            if said.WhichOneof("type") == "delta" and said.delta.WhichOneof("type") == "new_element":
                _take(said.delta.new_element, shown)
            elif said.WhichOneof("type") == "page_info_changed":
                shown.query = said.page_info_changed.query_string
        return shown

    def follow(self, link: PageLink) -> Shown:
        """Open another page by a link, as a browser does: no widget of the previous page is sent."""
        return self.open("", link.query_string, None, link.page_script_hash)

    def download(self, address: str) -> http.client.HTTPResponse:
        """Press a download button by its address and fetch the file: the last response, with its body in `.content`.

        If there is no file, the response to the press, with its sentence in `.says`.
        """
        made = ask("POST", self._address, address, "", **self._cookies)
        if made.status != 200:
            made.says = json.loads(made.content)["says"]
            return made
        return self.take(json.loads(made.content)["address"])

    def take(self, address: str) -> http.client.HTTPResponse:
        """Fetch a file that was made."""
        return ask("GET", self._address, address, **self._cookies)


def _take(element: Message, shown: Shown) -> None:
    """Collect the texts of an element of any kind."""
    kind = element.WhichOneof("type")
    shown.kinds.append(kind)
    if kind in ("selectbox", "button_group", "multiselect", "text_input", "text_area", "number_input", "button"):
        shown.ids[getattr(element, kind).label] = getattr(element, kind).id
    if kind == "bidi_component" and element.bidi_component.component_name.endswith("download"):
        offered = json.loads(element.bidi_component.json)
        shown.downloads[offered["label"]] = offered["address"]
    elif kind == "page_link":
        shown.links.setdefault(element.page_link.page, element.page_link)
    elif kind == "plotly_chart":
        shown.figures.append(json.loads(element.plotly_chart.spec))
        shown.charts.append(element.plotly_chart.id)
    elif kind in ("selectbox", "button_group", "multiselect"):
        control = getattr(element, kind)
        shown.controls[control.label] = Control(_options(control), _held(control))
    _texts(getattr(element, kind), shown.texts)


def _options(control: Message) -> list[str]:
    return [getattr(option, "content", option) for option in control.options]


def _held(control: Message) -> list[str]:
    """The value of a control: the value that was set, otherwise its default."""
    if control.set_value:
        return [control.raw_value] if hasattr(control, "raw_value") else list(control.raw_values)
    begins = control.default
    return [_options(control)[at] for at in ([begins] if isinstance(begins, int) else begins)]


def _plain(text: str) -> str:
    """The data of a component as a reader gets them: JSON has letters and line breaks as escapes."""
    with suppress(ValueError):
        return json.dumps(json.loads(text), ensure_ascii=False).replace("\\n", "\n")
    return text


def _texts(message: Message, found: list[str]) -> None:
    for described, value in message.ListFields():
        for one in value if described.is_repeated and not described.message_type else [value]:
            if isinstance(one, str):
                found.append(_plain(one) if described.name == "json" else one)
            elif isinstance(one, bytes):
                found.append(one.decode("utf-8", "ignore"))
        if described.message_type and not described.message_type.GetOptions().map_entry:
            for part in value if described.is_repeated else [value]:
                _texts(part, found)
