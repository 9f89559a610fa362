"""A visitor whose browser runs no script: opens pages, reads the forms on them, and sends them as a browser would."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient


@dataclass
class PageForm:
    """A form as it stands on a page. `fields`: what it would send; `buttons`: (name, value, label) of each."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self.fields if key == name), "")

    def labels(self) -> list[str]:
        return [label for _, _, label in self.buttons]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.here: PageForm | None = None
        self.text: list[str] = []
        self.area: str | None = None
        self.select: str | None = None
        self.button: tuple[str, str] | None = None
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.here = PageForm(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self.here)
        if self.here is None:
            return
        name = given.get("name", "")
        match tag:
            case "input" if given.get("type") in ("radio", "checkbox"):
                self.here.choices.append((name, given.get("value", "")))
                if "checked" in given:
                    self.here.fields.append((name, given.get("value", "")))
            case "input" if name:
                self.here.fields.append((name, given.get("value", "")))
            case "textarea":
                self.area, self.said = name, ""
            case "select":
                self.select = name
            case "option" if self.select and "selected" in given:
                self.here.fields.append((self.select, given.get("value", "")))
            case "button":
                self.button, self.said = (name, given.get("value", "")), ""

    def handle_endtag(self, tag: str) -> None:
        if self.here is None:
            return
        match tag:
            case "form":
                self.here = None
            case "textarea" if self.area is not None:
                self.here.fields.append((self.area, self.said.removeprefix("\n")))
                self.area = None
            case "select":
                self.select = None
            case "button" if self.button is not None:
                self.here.buttons.append((*self.button, " ".join(self.said.split())))
                self.button = None

    def handle_data(self, data: str) -> None:
        self.said += data
        self.text.append(data)


@dataclass
class Page:
    status: int
    path: str
    html: str
    headers: Any

    def __post_init__(self) -> None:
        reader = _Reader()
        reader.feed(self.html)
        self.forms = reader.forms
        self.text = " ".join(" ".join(reader.text).split())

    def form(self, to: str = "", /, *, button: str = "", **fields: str) -> PageForm:
        """The one form that goes there, has that button (by its label) and holds these fields."""
        found = [
            one
            for one in self.forms
            if (not to or one.action == to)
            and (not button or button in one.labels())
            and all(one[name] == value for name, value in fields.items())
        ]
        assert found, f"no such form on {self.path}: {[(f.action, f.labels()) for f in self.forms]}"
        return found[0]

    @property
    def links(self) -> list[str]:
        return re.findall(r'href="([^"]+)"', self.html)


class Visitor:
    """One browser."""

    def __init__(self, client: TestClient):
        self.client = client
        self.page: Page | None = None

    async def get(self, path: str, **headers: str) -> Page:
        async with self.client.get(path, headers={"Accept-Language": "da", **_named(headers)}) as response:
            return await self._read(response)

    async def send(self, form: PageForm, button: str = "", *, headers: dict[str, str] | None = None, **values: Any) -> Page:
        """Send a form: what stands in it, `values` put in (a list: several), and the button of that label pressed.

        In a name two underscores stand for a full stop: `v__s1`.
        """
        said = {name.replace("__", "."): value for name, value in values.items()}
        data = [(name, value) for name, value in form.fields if name not in said]
        data += [(name, one) for name, value in said.items() for one in (value if isinstance(value, list) else [value])]
        pressed = next(((n, v) for n, v, label in form.buttons if label == button), None)
        assert pressed is not None or not button, f"no button {button!r} among {form.labels()}"
        if pressed and pressed[0]:
            data.append(pressed)
        to = form.action or (self.page.path if self.page else "/")
        async with self.client.post(to, data=_encoded(data), headers=_FORM | (headers or {})) as response:
            return await self._read(response)

    async def become(self, name: str) -> Page:
        """Choose one of the demo's people."""
        page = await self.get("/")
        form = next(f for f in page.forms if f.action == "/demo/person" and any(name in label for label in f.labels()))
        label = form.labels()[0]
        return await self.send(form, label)

    async def _read(self, response: ClientResponse) -> Page:
        html = await response.text()
        self.page = Page(response.status, response.url.path_qs, html, response.headers)
        return self.page


_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "da"}


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _encoded(data: list[tuple[str, str]]) -> str:
    from urllib.parse import urlencode

    return urlencode(data)
