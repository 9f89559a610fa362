"""Teams in the whole of Pejling, as a process of its own: beside the pages, on one port."""

from __future__ import annotations

import aiohttp
import pytest

from tests.channels.teams.microsoft import APP_ID, TENANT
from tests.running import Running, running

GIVEN = {
    "MICROSOFT_APP_ID": APP_ID,
    "MICROSOFT_APP_PASSWORD": "x",
    "MICROSOFT_APP_TENANT_ID": TENANT,
    "PEJLING_PUBLIC_URL": "https://pejling.example.dk",
}
ENTRANCE = "/api/messages"
JSON = {"Content-Type": "application/json"}


async def test_strangers_are_refused_and_only_the_tab_may_be_framed(tmp_path):
    """By no page's own guards: those of the web ask for a cookie and an origin, which Teams does not have."""
    async with running(tmp_path, "--no-demo", **GIVEN) as pejling, aiohttp.ClientSession(pejling.address) as client:
        statuses = [
            (await client.post(ENTRANCE, data=b"{}", headers=JSON)).status,
            (await client.post(ENTRANCE, data=b"x" * 10_000_000, headers=JSON | {"Authorization": "Bearer x"})).status,
            (await client.post("/teams/tab/log", headers={"Authorization": "Bearer x"})).status,
            (await client.get(ENTRANCE)).status,
        ]
        tab, page = await client.get("/teams/tab"), await client.get("/help")
    assert statuses == [401, 413, 401, 405]
    assert "frame-ancestors https://teams.microsoft.com" in tab.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in tab.headers
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"] and page.headers["X-Frame-Options"] == "DENY"
    assert b"Traceback" not in pejling.output


@pytest.mark.parametrize(
    ("given", "mend"),
    [({"PEJLING_TEAMS_LOCAL": "yes", "PEJLING_HOST": "0.0.0.0"}, "127.0.0.1"), ({**GIVEN, "MICROSOFT_APP_ID": ""}, "MICROSOFT_APP_ID")],
)
async def test_it_does_not_start_half_way(tmp_path, given, mend):
    with pytest.raises(AssertionError, match=mend):
        await Running(tmp_path, **given).start("--no-demo")
