# `make run` sets everything up and starts Pejling; `make help` lists the rest.
# Paths are relative on purpose: the repository may lie in a folder with spaces in its name.

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
ARGS ?=

# Where the machine says not to keep what Python compiles, every start, and every process of the tests, would compile it all anew.
unexport PYTHONDONTWRITEBYTECODE

# The tests write thousands of small databases: in memory they take a third less time, where there is such a folder with room.
MEMORY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000000 { print "/dev/shm" }')
PYTEST := $(if $(MEMORY),TMPDIR=$(MEMORY) )$(PY) -m pytest

.DELETE_ON_ERROR:
.PHONY: help run test test-all bench chaos check clean teams-tab teams-renderer teams-emulator

help:
	@echo "make run       set up and start Pejling on this machine (ARGS=\"--no-demo --port 9000\")"
	@echo "make test      run the tests (ARGS=\"tests/test_config.py\" for some of them)"
	@echo "make test-all  the same, with every combination; takes longer"
	@echo "make chaos     kill, freeze and crash it, and account for every message (ARGS=\"--messages 2000 --kills 20 --seed 1\"); the whole of it takes long"
	@echo "make bench     measure speed, start-up and memory"
	@echo "make check     say what is wrong with settings, keys, database and content, and how to mend it"
	@echo "make teams-tab       fetch Microsoft's script (npm), so that the personal tab in Teams can sign people in"
	@echo "make teams-renderer  fetch Microsoft's card renderer and schemas (npm), so that the tests ask them too"
	@echo "make teams-emulator  see Pejling in Microsoft's own emulator: pictures in var/teams-emulator (npm, Chromium)"
	@echo "make clean     remove the virtual environment and caches; keeps var/ (database and key)"

run: .venv/ready
	@$(PY) -m bot run $(ARGS)

check: .venv/ready
	@$(PY) -m bot check $(ARGS)

test: .venv/ready-test
	@$(PYTEST) -q -rs -n auto --dist worksteal $(ARGS)

test-all: .venv/ready-test
	@$(PYTEST) -q -rs -n auto --dist worksteal -m "full or not full" $(ARGS)

bench: .venv/ready-test
	@$(PY) -m tests.bench $(ARGS)
	@$(PY) -m tests.bench.teams
	@$(PY) -m tests.bench.delivery
	@$(PY) -m tests.bench.clock
	@$(PY) -m tests.bench.importing

chaos: .venv/ready-test
	@$(PY) -W ignore::RuntimeWarning -m tests.chaos $(ARGS)

# Microsoft's script for the personal tab, pinned by a lock file; it is loaded there and nowhere else.
teams-tab:
	@cd bot/channels/teams/tab_page && npm ci --no-audit --no-fund --silent && cp node_modules/@microsoft/teams-js/dist/umd/MicrosoftTeams.min.js teams.js && rm -rf node_modules

teams-renderer:
	@cd tests/channels/teams/renderer && npm ci --no-audit --no-fund --silent

# By hand: the emulator of Microsoft's client, and a picture of each step (ARGS="--language en --width 420").
teams-emulator: .venv/ready-test
	@cd tests/channels/teams/emulator && npm ci --no-audit --no-fund --silent
	@$(PY) -m tests.channels.teams.emulator.walk $(ARGS)

clean:
	@rm -rf .venv build dist pejling.egg-info .pytest_cache .hypothesis
	@find bot scheduler tests -name __pycache__ -type d -prune -exec rm -rf {} +
	@if [ -e var ]; then echo "Kept var/ (database and key file). Without the key nothing in the database can be read; remove the folder yourself if you mean it."; fi

# The first Python of 3.11 or later that can make a virtual environment.
$(PY):
	@without_venv=; \
	for python in $${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	  if ! "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then without_venv="$$python"; continue; fi; \
	  echo "Making .venv with $$("$$python" --version)"; \
	  exec "$$python" -m venv --clear .venv; \
	done; \
	if [ -n "$$without_venv" ]; then \
	  echo "$$without_venv cannot make virtual environments: install its venv module (Debian and Ubuntu: apt install python3-venv), then run make again." >&2; \
	else \
	  echo "Pejling needs Python 3.11 or later and found none: install it (Debian and Ubuntu: apt install python3 python3-venv; or python.org), then run make again." >&2; \
	fi; \
	exit 1

# Stamps: set up once, and again when the dependencies change.
.venv/ready: pyproject.toml constraints.txt | $(PY)
	@echo "Installing Pejling (once; about a minute)"
	@$(PIP) install -c constraints.txt -e ".[slack,teams]"
	@touch .venv/ready

.venv/ready-test: pyproject.toml constraints.txt | $(PY)
	@echo "Installing Pejling and what its tests need (once; about a minute)"
	@$(PIP) install -c constraints.txt -e ".[test,slack,teams]"
	@touch .venv/ready .venv/ready-test
