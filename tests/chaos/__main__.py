"""`make chaos`: a storm on PostgreSQL with several replicas, then one on SQLite with one process; the account of each."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import fields, replace
from random import SystemRandom

from tests.chaos.account import Account
from tests.chaos.run import Chaos, Size


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    for field in fields(Size):
        parser.add_argument(f"--{field.name}", type=int, default=field.default, help=f"default {field.default}")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6), help="the same seed rolls the same dice")
    parser.add_argument("--database", choices=("postgresql", "sqlite", "both"), default="both")
    parser.add_argument("--log", default="", help="a file for what the replicas say")
    given = parser.parse_args()
    size = Size(**{field.name: getattr(given, field.name) for field in fields(Size)})
    is_well = True
    for kind in ("postgresql", "sqlite") if given.database == "both" else (given.database,):
        here = size if kind == "postgresql" else replace(size, replicas=1, crashes=0)
        print(f"{kind}: {here}, seed {given.seed}", flush=True)
        account = asyncio.run(Chaos(here, given.seed, kind, given.log).run())
        show(account)
        is_well = is_well and not account.wrong()
    return 0 if is_well else 1


def show(account: Account) -> None:
    print(f"  {account.messages} messages; what happened: {account.figures}")
    print(f"  the platforms' answers: {dict(account.faults)}")
    for name, part in (("Slack", account.slack), ("Teams", account.teams)):
        counts = ", ".join(f"{what} {part[what]}" for what in Account.WRONG)
        rest = {what: many for what, many in part.items() if what not in Account.WRONG and many}
        print(f"  {name:6} {counts}; {rest}")
    print(f"  clock  {dict(account.occurrences)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
