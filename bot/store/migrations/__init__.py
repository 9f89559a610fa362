"""How the tables came to be, step by step.

A new step, after changing `bot/store/tables.py`:

    python -m bot.store.migrations "what changes"

Read what it wrote, and set `HEAD` in `bot/store/schema.py` to it.
"""
