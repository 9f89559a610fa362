"""The personal pages as blocks, for the Home tab or a modal. Pure: what is shown comes from `places`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.channels.slack import buttons
from bot.channels.slack.limits import CONFIRM_TEXT, MODAL_TITLE, OPTION_TEXT, fits
from bot.channels.slack.messages import draw_card
from bot.channels.slack.modals import checked_view
from bot.channels.slack.values import button_value, metadata
from bot.channels.slack.writing import Block, mrkdwn, own_words, plain, sections

PLACE = "place"
"""The callback id of a personal page."""

PAUSES = (7, 14, 30)
ENDS = ("done", "partly", "passed_on", "let_go")

Say = Callable[..., str]
Seen = Mapping[str, Any]


def draw_place(seen: Seen, place: Mapping[str, Any], say: Say, *, surface: str) -> dict[str, Any]:
    """A whole view. `surface`: "home" or "modal"; `say(key, **values)` speaks the reader's language. Raises TooLong."""
    title, body = _PAGES[seen["at"]](seen, say, surface)
    blocks = body if seen["at"] == "home" else [*_heading(title, say, surface), *body]
    view: dict[str, Any] = {"type": surface, "callback_id": PLACE, "private_metadata": metadata({"at": dict(place)})}
    if surface == "modal":
        view["title"] = plain(title if fits(title, MODAL_TITLE) else say("slack.name"))
        view["close"] = plain(say("slack.close"))
        if any(block["type"] == "input" for block in blocks):  # the search, which a modal sends by its own button
            view["submit"] = plain(say("web.search"))
    return checked_view({**view, "blocks": blocks or sections(say("slack.gone"))})


def draw_web_link(url: str, say: Say) -> dict[str, Any]:
    """A modal with the one-time link: it never lies in a message."""
    text = sections(say("slack.web_ready") if url else say("slack.web_none"))
    row = buttons.rows([buttons.link(say("slack.web_go"), url, 0, style="primary")]) if url else []
    view = {"type": "modal", "callback_id": PLACE, "title": plain(say("slack.name")), "close": plain(say("slack.close"))}
    return checked_view({**view, "blocks": [*text, *row]})


def draw_text(text: str, say: Say) -> dict[str, Any]:
    """A modal that only says something."""
    view = {"type": "modal", "callback_id": PLACE, "title": plain(say("slack.name")), "close": plain(say("slack.close"))}
    return checked_view({**view, "blocks": sections(text)})


# ---- parts -----------------------------------------------------------------------------------------------


def _heading(title: str, say: Say, surface: str) -> list[Block]:
    back = [_go(say("slack.to_home"), {"at": "home"}, 0)] if surface == "home" else []
    return [*buttons.rows(back, "back"), *_header(title)]


def _header(title: str) -> list[Block]:
    return [{"type": "header", "text": plain(title)}] if fits(title, 150) else sections(f"**{title}**")


def _soft(text: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text)]}


def _go(label: str, place: Mapping[str, Any], n: int, style: str = "") -> Block:
    return buttons.button(label, {"go": place}, n, style=style)


def _press(label: str, action: str, n: int, value: str = "", style: str = "") -> Block:
    """The same press as on a card."""
    return buttons.button(label, {"a": action, "v": value, "s": ""}, n, style=style)


def _do(label: str, deed: Mapping[str, Any], n: int, *, style: str = "", confirm: dict[str, Any] | None = None) -> Block:
    return buttons.button(label, deed, n, style=style, confirm=confirm)


def _t(say: Say) -> Say:
    return lambda key, **values: say(f"slack.{key}", **values)


def _ask(say: Say, text: str, yes: str, *, danger: bool = True) -> dict[str, Any]:
    return buttons.confirm(_t(say), text, yes, danger=danger)


def _with_button(text: str, element: Block) -> Block:
    return {"type": "section", "text": mrkdwn(text), "accessory": element}


DIVIDER: Block = {"type": "divider"}


# ---- the first page --------------------------------------------------------------------------------------


def _home(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    title = say("slack.home_title")
    if seen["arrival"]:
        declined = sections(say("slack.home_declined")) if seen["state"] == "declined" else []
        return title, [*declined, *draw_card(seen["arrival"], _t(say), 0)]
    blocks = [*_header(title), *sections(say("slack.home_lede"))]
    blocks += buttons.rows([_press(say("slack.start"), "pick", 0, style="primary"), *_doors(seen, say)], "doors")
    blocks += [DIVIDER, *_header(say("slack.waiting"))]
    for n, card in enumerate(seen["cards"][:10]):
        blocks += draw_card(card, _t(say), n)
    if not seen["cards"]:
        blocks.append(_soft(say("slack.waiting_none")))
    return title, [*blocks, *_agreed(seen, say), DIVIDER, *_rhythm(seen, say), *_way_out(seen, say)]


def _doors(seen: Seen, say: Say) -> list[Block]:
    places = ["logbook", "actions", *(["shared"] if seen["has_shared"] else []), "me", "who"]
    return [_go(say(f"web.nav_{at}"), {"at": at}, n) for n, at in enumerate(places, 1)]


def _agreed(seen: Seen, say: Say) -> list[Block]:
    if not seen["agreed"]:
        return []
    blocks = [DIVIDER, *_header(say("slack.open_agreements"))]
    for one in seen["agreed"]:
        blocks += own_words(one["what"])
        if one["by"]:
            blocks.append(_soft(say("slack.agreement_line", by=one["by"])))
    return [*blocks, *buttons.rows([_go(say("slack.more_agreements"), {"at": "actions"}, 0)], "agreed")]


def _rhythm(seen: Seen, say: Say) -> list[Block]:
    text = f"**{say('web.my_rhythm')}:** {seen['rhythm'] or say('web.no_rhythm')}"
    if seen["next_at"] and not seen["paused_until"]:
        text += f" ({say('web.next_at', moment=seen['next_at'])})"
    if seen["paused_until"]:
        text += f"\n**{say('web.my_pause')}:** {say('web.paused_until', date=seen['paused_until'])}"
    pauses = [_press(say(f"web.pause_{days}"), "pause_days", n, str(days)) for n, days in enumerate(PAUSES, 1)]
    if seen["paused_until"]:
        pauses = [_press(say("web.end_pause"), "resume", 1)]
    choices = [_press(say("web.change_choices"), "settings", 0), _press(say("times.button"), "times", 9)]
    return [*sections(text), *buttons.rows([*choices, *pauses], "rhythm")]


def _way_out(seen: Seen, say: Say) -> list[Block]:
    other = "en" if say("slack.close") == "Luk" else "da"
    row = [_press(say("slack.change_language"), "language", 0, other), _press(say("web.nav_help"), "help", 1)]
    row += [_go(say("web.nav_beacons"), {"at": "beacons"}, 2), _go(say("web.nav_privacy"), {"at": "privacy"}, 3)]
    row += [_go(say("web.my_data"), {"at": "data"}, 4)]
    row += [_go(say("slack.web"), {"at": "chat"}, 5)] if seen["has_web"] else []
    return [*buttons.rows(row, "out"), _soft(say("web.alarm"))]


# ---- the logbook -----------------------------------------------------------------------------------------


def _logbook(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    blocks = [_soft(say("web.logbook_lede"))]
    is_narrowed = bool(seen["words"] or seen["flow"])
    if seen["rows"] or is_narrowed:
        blocks += _search(seen, say)
    if is_narrowed:
        found = say("slack.searched", words=seen["words"]) if seen["words"] else say("web.found")
        row = [_go(say("web.show_all"), {"at": "logbook"}, 0)]
        blocks += [*own_words(found if seen["rows"] else f"{found} – {say('web.found_nothing')}"), *buttons.rows(row, "all")]
    elif not seen["rows"]:
        blocks += sections(say("web.logbook_empty"))
    for n, row in enumerate(seen["rows"]):
        shared = "" if row["visibility"] == "private" else " · " + say("web.shared_" + row["visibility"])
        button = _go(say("slack.open"), {"at": "entry", "i": row["id"]}, n)
        blocks.append(_with_button(f"**{row['title']}**\n{row['date']}{shared}", button))
        blocks += own_words(row["first"])
    return say("web.nav_logbook"), [*blocks, *_paging(seen, say)]


def _search(seen: Seen, say: Say) -> list[Block]:
    """Narrowing down: words, and a flow. Both come back at once, without a button."""
    written: Block = {
        "type": "plain_text_input",
        "action_id": "search",
        "max_length": 200,
        "placeholder": plain(say("slack.search_how")),
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
    }
    if seen["words"]:
        written["initial_value"] = seen["words"]
    label = plain(say("web.search_words"))
    blocks: list[Block] = [{"type": "input", "block_id": "search", "dispatch_action": True, "optional": True, "label": label, "element": written}]
    options = [{"text": plain(title), "value": id} for id, title in seen["flows"] if fits(title, OPTION_TEXT)][:100]
    if len(options) > 1:
        element: Block = {"type": "static_select", "action_id": "flow", "placeholder": plain(say("web.filter_flow")), "options": options}
        chosen = [one for one in options if one["value"] == seen["flow"]]
        blocks.append({"type": "actions", "block_id": "narrow", "elements": [{**element, "initial_option": chosen[0]} if chosen else element]})
    return blocks


def _paging(seen: Seen, say: Say) -> list[Block]:
    here = {"at": "logbook", **({"q": seen["words"]} if seen["words"] else {}), **({"f": seen["flow"]} if seen["flow"] else {})}
    row = [] if seen["is_first"] else [_go(say("web.to_newest"), here, 0)]
    row += [_go(say("web.older"), {**here, "b": seen["more"]}, 1)] if seen["more"] else []
    return buttons.rows(row, "paging")


def _entry(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    if seen["is_gone"]:
        return say("web.nav_logbook"), [*sections(say("slack.gone")), *_back_to(say, "logbook")]
    about = " · ".join(filter(None, (seen["date"], seen["beacon"], say("web.seen_by_" + seen["visibility"]))))
    blocks = [_soft(about), *_answers(seen, say)]
    for one in seen["agreed"]:
        state = say("web.state_" + one["state"])
        blocks += [*sections(f"**{say('web.agreed_here')}** ({state})"), *own_words(one["what"])]
    id = seen["id"]
    row = [_press(say("web.edit"), "edit", 0, id, "primary")]
    if seen["visibility"] != "private":
        row.append(_do(say("web.withdraw_entry"), {"do": "withdraw_entry", "i": id}, 1))
    if seen["hand_over"]:
        row.append(_press(say("handover.button"), "handover", 4, id))
    sure = _ask(say, say("web.delete_entry_sure"), say("web.delete_yes"))
    row.append(_do(say("web.delete"), {"do": "delete_entry", "i": id}, 2, style="danger", confirm=sure))
    row.append(_go(say("web.back_to_logbook"), {"at": "logbook"}, 3))
    return seen["title"], [*blocks, DIVIDER, *buttons.rows(row, "entry")]


def _answers(seen: Seen, say: Say) -> list[Block]:
    blocks: list[Block] = []
    for one in seen["answers"]:
        blocks += [*sections(f"**{one['question']}**"), *own_words(one["shown"])]
        if one["earlier"]:
            blocks += [_soft(say("web.earlier_on", date=one["earlier_on"])), *own_words(one["earlier"])]
    return blocks


def _back_to(say: Say, at: str) -> list[Block]:
    return buttons.rows([_go(say(f"web.back_to_{at}"), {"at": at}, 0)], "back_to")


# ---- agreements ------------------------------------------------------------------------------------------


def _actions(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    blocks = [_soft(say("web.actions_lede"))]
    if not seen["rows"]:
        blocks += sections(say("web.actions_empty"))
    for n, row in enumerate(seen["rows"]):
        blocks += [DIVIDER, *own_words(row["what"]), *sections(_facts(row, say)), *_deeds(row, seen, say, n)]
    paging = [_go(say("slack.newer"), {"at": "actions"}, 0)] if seen["first"] else []
    paging += [_go(say("slack.more"), {"at": "actions", "n": seen["more"]}, 1)] if seen["more"] else []
    return say("web.nav_actions"), [*blocks, *buttons.rows(paging, "paging")]


def _facts(row: Seen, say: Say) -> str:
    facts = {
        "state": say(f"web.state_{row['state']}"),
        "who_does": row["who"],
        "by_when": row["by"],
        "who_looks": row["evaluator"],
        "asked_on": row["ask_on"],
        "who_sees": say(f"web.seen_by_{row['visibility']}"),
        "comes_from": f"{row['flow']}, {row['made_on']}" if row["flow"] else "",
    }
    return "\n".join(f"**{say(f'web.{key}')}:** {value}" for key, value in facts.items() if value)


def _deeds(row: Seen, seen: Seen, say: Say, n: int) -> list[Block]:
    id, elements, told = row["id"], [], []
    if row["state"] == "open":
        elements.append(_endings(id, say, n))
    if row["entry"]:
        elements.append(_press(say("web.edit"), "edit", 1, row["entry"]))
    if row["visibility"] == "private":
        for at, (to, whom) in enumerate(seen["may_share"], 2):
            consent = say("web.consent", who=whom)
            asked = consent if fits(consent, CONFIRM_TEXT) else say(f"web.share_{to}")
            told += [] if fits(consent, CONFIRM_TEXT) else sections(consent)
            sure = _ask(say, asked, say("web.consent_yes"), danger=False)
            elements.append(_do(say(f"web.share_{to}"), {"do": "share", "i": id, "to": to}, at, confirm=sure))
    else:
        elements.append(_do(say("web.withdraw"), {"do": "withdraw", "i": id}, 2))
    sure = _ask(say, say("web.delete_action_sure"), say("web.delete_yes"))
    elements.append(_do(say("web.delete"), {"do": "delete_action", "i": id}, 9, style="danger", confirm=sure))
    return [*told, *buttons.rows(elements, f"deeds:{n}")]


def _endings(id: str, say: Say, n: int) -> Block:
    """What became of it, chosen from a list."""
    options = [{"text": plain(say(f"web.state_{end}")), "value": button_value({"do": "close", "i": id, "to": end})} for end in ENDS]
    return {"type": "static_select", "action_id": f"close:{n}", "placeholder": plain(say("slack.close_as")), "options": options}


# ---- shared, me, and what everybody may read -------------------------------------------------------------


def _shared(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    blocks = [_soft(say("web.shared_lede"))]
    if not seen["rows"]:
        blocks += sections(say("web.shared_empty"))
    for n, row in enumerate(seen["rows"]):
        whose, why = say("web.shared_" + row["kind"], name=row["owner"]), say("web.with_" + row["visibility"])
        when = ", ".join(one for one in (row["title"], row["date"]) if one)
        text = f"**{whose}**\n{when} · {why}"
        blocks.append(_with_button(text, _go(say("slack.open"), {"at": "opened", "k": row["kind"], "i": row["id"]}, n)))
    return say("web.nav_shared"), [*blocks, *([_soft(say("web.opening_is_seen"))] if seen["rows"] else [])]


def _opened(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    if seen["is_gone"]:
        return say("web.nav_shared"), [*sections(say("slack.gone")), *_back_to(say, "shared")]
    whose = say("web.shared_" + seen["kind"], name=seen["owner"])
    blocks = sections(f"**{whose}**\n{seen['date']}")
    if seen["agreement"]:
        one = seen["agreement"]
        facts = {"state": say(f"web.state_{one['state']}"), "who_does": one["who"], "by_when": one["by"], "who_looks": one["evaluator"]}
        lines = "\n".join(f"**{say(f'web.{key}')}:** {value}" for key, value in facts.items() if value)
        blocks += [*own_words(one["what"]), *sections(lines)]
    title = seen["title"] or say("web.nav_shared")
    row = [_press(say("handover.button"), "handover", 4, seen["id"])] if seen["hand_over"] else []
    said = _soft(say("web.opening_was_seen"))
    return title, [*blocks, *_answers(seen, say), *(buttons.rows(row, "hand_over") if row else ()), said, *_back_to(say, "shared")]


def _me(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    facts = {name: seen[name] or say("web.not_chosen") for name in ("level", "centre")}
    facts |= {"leader": seen["leader"], "group": seen["groups"]}
    lines = "\n".join(f"**{say(f'web.my_{name}')}:** {value}" for name, value in facts.items() if value)
    blocks = [*sections(lines), *_rhythm(seen, say), DIVIDER, *_header(say("web.my_channels"))]
    prefer = [
        _do(f"{say('web.prefer')} {say(f'web.channel_{one}')}", {"do": "prefer", "to": one}, n)
        for n, one in enumerate(seen["channels"])
        if one != seen["preferred"]
    ]
    told = [
        f"– {say(f'web.channel_{one}')}" + (f" ({say('web.preferred')})" if one == seen["preferred"] else "") for one in seen["channels"]
    ]
    blocks += sections("\n".join(told)) if told else []
    blocks += buttons.rows([*(prefer if len(seen["channels"]) > 1 else []), _do(say("web.join_code"), {"do": "code"}, 9)], "channels")
    blocks += [DIVIDER, *_header(say("web.opened_title"))]
    blocks += sections("\n".join(_opened_line(one, say) for one in seen["opened"]) or say("web.opened_none"))
    return say("web.nav_me"), [*blocks, DIVIDER, *_my_data(seen, say)]


def _opened_line(one: Seen, say: Say) -> str:
    key = "web.opened_refused" if one["is_refused"] else "web.opened_by"
    name = one["name"] or say("web.someone_gone")
    what = say("web.opened_" + one["kind"])
    return f"{one['on']}: {say(key, name=name, what=what, title=one['title'])}"


def _my_data(seen: Seen, say: Say) -> list[Block]:
    row = [_go(say("slack.web"), {"at": "chat", "to": "/me"}, 0)] if seen["has_web"] else []
    row += [_go(say("slack.data_read"), {"at": "data", "n": 0}, 1)]
    row += [_press(say("web.delete_all_see"), "erase", 2, style="danger")]
    return [*_header(say("web.my_data")), *sections(say("web.my_data_text")), *buttons.rows(row, "data")]


def _data(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    if seen["part"] is None:
        return say("web.my_data"), _my_data(seen, say)[1:]
    blocks = [_soft(say("slack.data_part", number=seen["part"] + 1, of=seen["of"]))]
    for line in seen["lines"]:
        blocks += own_words(line)
    row = [_go(say("slack.more"), {"at": "data", "n": seen["part"] + 1}, 0)] if seen["part"] + 1 < seen["of"] else []
    return say("web.my_data"), [*blocks, *buttons.rows(row, "paging")]


WHO = ("answers", "actions", "groups", "beacon", "dilemma", "cards", "using", "numbers")


def _who(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    blocks = [*sections(say("web.who_lede")), *sections(say("arrival.notice_honest"))]
    for row in WHO:
        blocks += sections(f"**{say(f'web.who_{row}')}**\n{say(f'web.who_{row}_seen')}")
    never = "\n".join(say(f"web.{key}") for key in ("who_leaders_groups", "who_admin", "who_trace"))
    return say("web.nav_who"), [*blocks, *_header(say("web.who_never")), *sections(never)]


def _privacy(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    blocks = [block for line in seen["notice"] for block in sections(line)]
    kept = "\n".join(seen["retention"])
    blocks += [*_header(say("web.stored_title")), *sections(say("web.stored")), *sections(say("web.stored_never"))]
    blocks += [*_header(say("web.kept_title")), *sections(kept), *_header(say("web.rights_title"))]
    return say("web.nav_privacy"), [*blocks, *sections("\n".join(say(f"web.right_{n}") for n in range(1, 7)))]


def _beacons(seen: Seen, say: Say, surface: str) -> tuple[str, list[Block]]:
    blocks = [_soft(say("web.beacons_lede"))]
    for name, line in seen["beacons"]:
        blocks += sections(f"**{name}**\n{line}")
    return say("web.nav_beacons"), blocks


_PAGES: dict[str, Callable[[Seen, Say, str], tuple[str, list[Block]]]] = {
    "home": _home,
    "logbook": _logbook,
    "entry": _entry,
    "actions": _actions,
    "shared": _shared,
    "opened": _opened,
    "me": _me,
    "who": _who,
    "privacy": _privacy,
    "data": _data,
    "beacons": _beacons,
}
