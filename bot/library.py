"""The library: everything the bot says and asks, read from `bot/content` and checked as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.cards import Words, plain
from bot.dialogs.beacons.beacon import Beacon
from bot.dialogs.beacons.own import OwnTexts, read_own_texts
from bot.dialogs.concepts import Group, Item, read_group
from bot.dialogs.data import data, listed, placeholders
from bot.dialogs.dilemma.alone import flow_alone, flow_of_own
from bot.dialogs.dilemma.content import OWN, Dilemma, check_dilemma_file, read_dilemma
from bot.dialogs.flow import LEVELS, NO_BEACON, Common, Flow, read_common, read_flow
from bot.errors import ContentError
from bot.facts import (
    Retention,
    Route,
    Source,
    read_beacons,
    read_own_routes,
    read_retention,
    read_routes,
    read_sources,
)
from bot.dialogs.ids_in_use import check_released
from bot.released import COMMON, Released, check_common, read_released
from bot.yamlfile import read_yaml

BUNDLED = Path(__file__).parent / "content"


@dataclass(frozen=True)
class Library:
    """All content. `texts`: "file.key" → Words. `levels`: level id → its name. `released`: the lock file. `alone`: what is
    begun by choosing a dilemma, by its id, and what a group's own dilemma is filed under. `own`: what stands around what a
    centre writes itself."""

    flows: dict[str, Flow]
    common: Common
    beacons: dict[str, Beacon]
    levels: dict[str, Item]
    routes: dict[str, Route]
    route_missing: Words
    retention: dict[str, Retention]
    concepts: dict[str, Group]
    sources: dict[str, Source]
    texts: dict[str, Words]
    released: Released
    own: OwnTexts
    dilemmas: dict[str, Dilemma] = field(default_factory=dict)
    alone: dict[str, Flow] = field(default_factory=dict)

    def flow(self, id: str) -> Flow | None:
        """The flow of that id, a dilemma played alone among them; None where there is none (any more)."""
        return self.flows.get(id) or self.alone.get(id)

    def title_of(self, id: str) -> Words:
        """What an entry or an action came of is called: a flow, or a dialog with a group (text "<id>.title", perhaps "<id>:…"); one that
        is no longer there is called by its id."""
        known = self.flow(id)
        return known.title if known else self.texts.get(f"{id.partition(':')[0]}.title") or plain(id)

    def say(self, key: str, **values: Any) -> Words:
        """The text of that key, its placeholders filled. ContentError where there is none, or a value is missing."""
        words = self.texts.get(key)
        if words is None:
            raise ContentError(f"texts, {key}", "there is no such text", "add it in both languages")
        missing = placeholders(words.da) - values.keys()
        if missing:
            raise ContentError(f"texts, {key}", f"nothing fills {', '.join(sorted(missing))}", "give the value")
        return words.fill(**values) if values else words

    def flow_list(self, level: str = "", beacon: str = "", theme: str = "") -> tuple[Flow, ...]:
        """The flows a person can begin from a list: not those about an agreed action. Empty: any."""
        return tuple(
            flow
            for flow in self.flows.values()
            if not flow.about_action
            and flow.is_offered
            and (not level or level in flow.levels)
            and (not beacon or flow.beacon in (beacon, *NO_BEACON))
            and (not theme or flow.theme == theme)
        )

    def active_beacons(self) -> tuple[Beacon, ...]:
        """The beacons in use now: in an edition (`bot/editions.py`) a centre's own too."""
        return tuple(beacon for beacon in self.beacons.values() if beacon.is_active)


def load(folder: Path = BUNDLED) -> Library:
    """Read and check a content folder.

    Raises:
        ContentError: anything in it is wrong; one line with file, step, reason and mend.
    """
    if not folder.is_dir():
        raise ContentError(str(folder), "there is no such folder", "name a content folder")
    routes, route_missing = read_routes(read_yaml(folder / "routes.yaml"), "routes.yaml")
    library = Library(
        flows=_read_flows(folder),
        common=read_common(read_yaml(folder / "common.yaml"), "common.yaml"),
        beacons=read_beacons(read_yaml(folder / "beacons.yaml"), "beacons.yaml"),
        levels=read_group(read_yaml(folder / "levels.yaml"), "levels.yaml").items,
        routes=routes,
        route_missing=route_missing,
        retention=read_retention(read_yaml(folder / "retention.yaml"), "retention.yaml"),
        concepts=_read_concepts(folder),
        sources=read_sources(read_yaml(folder / "sources.yaml"), "sources.yaml"),
        texts=_read_texts(folder),
        released=read_released(folder),
        own=read_own_texts(read_yaml(folder / "own.yaml"), "own.yaml"),
        dilemmas=_read_dilemmas(folder),
    )
    if folder.resolve() != BUNDLED:
        _check_texts(library.texts, _read_texts(BUNDLED))
    if library.dilemmas:
        alone = {one.id: flow_alone(one, library.say) for one in library.dilemmas.values()}
        library = replace(library, alone=alone | {OWN: flow_of_own(library.say)})
    _check_whole(library)
    return library


def with_routes(library: Library, path: Path) -> Library:
    """The library with a municipality's own numbers and links (`PEJLING_ROUTES`). Raises ContentError."""
    where = str(path)
    return replace(library, routes=read_own_routes(read_yaml(path, where), where, library.routes))


def _files(folder: Path, name: str) -> Iterator[tuple[Path, str]]:
    """The YAML files of a part of the content, and what to call them. A file that would be overlooked is refused."""
    if not (folder / name).is_dir():
        return
    for path in sorted((folder / name).iterdir()):
        where = f"{name}/{path.name}"
        if path.suffix == ".yaml":
            yield path, where
        elif not path.name.startswith((".", "_")):
            raise ContentError(where, "it is not a .yaml file", "rename it to end in .yaml, or move it away")


def _read_flows(folder: Path) -> dict[str, Flow]:
    flows: dict[str, Flow] = {}
    for path, where in _files(folder, "flows"):
        flow = read_flow(read_yaml(path, where), where)
        if flow.id in flows:
            raise ContentError(where, f"the flow {flow.id} stands in two files", "give it its own id")
        if path.stem.partition("_")[0] != flow.id:
            raise ContentError(where, f"the file holds the flow {flow.id}", f"let its name begin with {flow.id}_")
        flows[flow.id] = flow
    if not flows:
        raise ContentError("flows", "there are no flows", "put at least one in the folder flows")
    return flows


def _read_dilemmas(folder: Path) -> dict[str, Dilemma]:
    dilemmas: dict[str, Dilemma] = {}
    for path, where in _files(folder, "dilemmas"):
        dilemma = read_dilemma(read_yaml(path, where), where)
        check_dilemma_file(dilemma, path.stem, where, dilemmas)
        dilemmas[dilemma.id] = dilemma
    return dilemmas


def _read_concepts(folder: Path) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    for path, where in _files(folder, "concepts"):
        raw = read_yaml(path, where)
        for one in raw if isinstance(raw, list) else [raw]:
            group = read_group(one, where)
            if group.id in groups:
                raise ContentError(where, f"the group {group.id} stands twice", "keep one of the two")
            groups[group.id] = group
    return groups


def _read_texts(folder: Path) -> dict[str, Words]:
    texts: dict[str, Words] = {}
    for path, where in _files(folder, "texts"):
        raw = read_yaml(path, where)
        if not isinstance(raw, Mapping):
            raise ContentError(where, "it is not a mapping", "write key: {da: …, en: …}")
        for key, words in raw.items():
            at = f"{where}, {key}"
            if not isinstance(key, str):
                raise ContentError(at, f"the key {key!r} is not a text", "put quotes around it")
            texts[f"{path.stem}.{key}"] = data(words, at, needs="da en").own_words(known=None)
    return texts


def _check_texts(texts: Mapping[str, Words], ours: Mapping[str, Words]) -> None:
    """Another folder says everything Pejling says, with the same to fill in: only then is there never a text missing."""
    for key, words in ours.items():
        where = f"texts/{key.partition('.')[0]}.yaml, {key.partition('.')[2]}"
        if key not in texts:
            raise ContentError(where, "Pejling says this, and it is not there", "add it in both languages")
        wanted, found = placeholders(words.da), placeholders(texts[key].da)
        if wanted != found:
            reason = f"its placeholders are {listed(found) or 'none'}, not {listed(wanted) or 'none'}"
            raise ContentError(where, reason, "use just the names that Pejling fills")


def _check_whole(library: Library) -> None:
    """What one file cannot know: beacons, links, sources, and ids that were released before."""
    for dilemma in library.dilemmas:
        if dilemma in library.flows:
            raise ContentError(f"dilemma {dilemma}", "a flow has the same id", "give one of the two another id")
    check_common(library.common, library.released.get(COMMON, {}))
    for flow in (*library.flows.values(), *library.alone.values()):
        _check_flow(flow, library)
    for group in library.concepts.values():
        for item in group.items.values():
            _check_item(item, library)
    if tuple(library.levels) != LEVELS:
        raise ContentError("levels.yaml", f"the levels are {', '.join(library.levels)}", f"write {', '.join(LEVELS)}")


def _check_flow(flow: Flow, library: Library) -> None:
    if flow.beacon not in (*library.beacons, *NO_BEACON):
        raise ContentError(f"flow {flow.id}", f"the beacon {flow.beacon!r} is not known", "use an id of beacons.yaml")
    evaluators = [option.id for option in library.common.evaluator.options]
    if flow.closing.evaluator_default not in (*evaluators, "inherit"):
        reason = f"the evaluator {flow.closing.evaluator_default!r} is not known"
        raise ContentError(f"flow {flow.id}, closing", reason, f"use one of {', '.join(evaluators)}")
    _check_sources(flow.source, f"flow {flow.id}", library)
    check_released(flow, library.released.get(flow.id, {}))


def _check_item(item: Item, library: Library) -> None:
    where = f"concepts, {item.group}/{item.id}"
    _check_sources(item.source, where, library)
    for target in (one for targets in item.links.values() for one in targets):
        group, _, item_id = target.partition("/")
        if group not in library.concepts or item_id not in library.concepts[group].items:
            raise ContentError(where, f"it links to {target!r}, which is not there", "name a group and an id in it")


def _check_sources(source: str, where: str, library: Library) -> None:
    for code, section in source_codes(source):
        known = library.sources.get(code)
        if known is None or (section and section not in known.sections):
            named = f"{code}§{section}" if section else code
            raise ContentError(where, f"the source {named!r} is not known", "add it to sources.yaml")


def source_codes(source: str) -> Iterator[tuple[str, str]]:
    """The codes in a source line, each with its section: "000§Impl-1; Bion 1961; EF"."""
    for one in source.split(";"):
        code, _, section = one.strip().partition("§")
        yield code, section


@dataclass(frozen=True)
class Proposal:
    """Something the customer has not approved yet. `where` names its file or group, and its id."""

    where: str
    text: Words
    source: str


def content_report(folder: Path = BUNDLED) -> list[Proposal]:
    """What in the folder is a proposal still (`approved: false`). Raises ContentError where the content is wrong."""
    return proposals(load(folder))


def proposals(library: Library) -> list[Proposal]:
    flows = [Proposal(f"flow {f.id}", f.title, f.source) for f in library.flows.values() if not f.approved]
    items = (item for group in library.concepts.values() for item in group.items.values())
    items = (*items, *library.levels.values())
    concepts = [Proposal(f"{item.group} {item.id}", item.name, item.source) for item in items if not item.approved]
    beacons = [Proposal(f"beacon {b.id}", b.name, b.source) for b in library.beacons.values() if not b.approved]
    dilemmas = [Proposal(f"dilemma {d.id}", d.title, d.source) for d in library.dilemmas.values() if not d.approved]
    return flows + dilemmas + concepts + beacons
