"""What somebody else shares: where it comes from is not said, and it does not stay on a screen once it is taken back."""

from __future__ import annotations

import pytest

from bot.services import actions, sharing


@pytest.fixture
async def locked(site, eva):
    """An agreement of Eva's from a flow whose entries nobody else may know of, shared with her leader Carla."""
    owner = await site.person("Eva")
    about = {"run": "r15", "entry": None, "flow": "F15", "beacon": "", "by": None, "ask_in": None, "evaluator": "mig"}
    return await site.store.run(
        lambda db: actions.add(db, owner, what="Ring til en kollega", who="mig", visibility="my_leader", now=site.clock.now(), **about)
    )


@pytest.fixture
async def carla(site):
    visitor = site.visitor()
    await visitor.become("Carla")
    return visitor


async def test_a_shared_agreement_does_not_say_which_flow_it_comes_from(site, eva, carla, locked):
    title = site.library.flows["F15"].title.da
    page = await carla.get("/shared")
    assert f"/shared/action/{locked}" in page.links and title not in page.text
    page = await carla.get(f"/shared/action/{locked}")
    assert "<title>En aftale fra Eva Demo" in page.html and "Ring til en kollega" in page.text
    assert title not in page.html and "F15" not in page.html


async def test_whether_it_is_still_shared_is_asked_without_a_trace(site, eva, carla, locked):
    page = await carla.get(f"/shared/action/{locked}")
    still = f"/shared/action/{locked}/still"
    assert f'data-still="{still}"' in page.html
    assert (await carla.get(still)).status == 204
    owner = await site.person("Eva")
    await site.store.run(lambda db: actions.withdraw(db, owner, locked, site.clock.now()))
    gone = await carla.get(still)
    assert gone.status == 404 and "Ring til" not in gone.html
    opened = await site.store.read(lambda db: sharing.who_opened(db, owner))
    assert [(one.reader_name, one.is_refused) for one in opened] == [("Carla Demo", False)]


async def test_only_who_it_is_shared_with_is_told_that_it_is(site, eva, locked):
    finn = site.visitor()
    assert (await finn.get(f"/shared/action/{locked}/still")).path == "/"
    await finn.become("Finn")
    assert (await finn.get(f"/shared/action/{locked}/still")).status == 404
    assert (await eva.get(f"/shared/action/{locked}/still")).status == 404
