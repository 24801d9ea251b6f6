# `make demo` and `make test` set up everything they need; the rest is listed by `make help`.
SHELL := /bin/bash
PYTHON ?= python3
# A uv on PATH is used; without one, one is installed into .uv/ and nowhere else.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen --no-sync

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast lint format bench ui clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | awk -F'\t' '{printf "  make %-10s %s\n", $$1, $$2}'

.uv/bin/uv:
	@$(PYTHON) -m venv .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

setup: $(filter .uv/bin/uv,$(UV))  ## install the pinned dependencies into .venv
	@$(UV) sync --frozen --quiet

# Exit code 2 says that the outage holds messages that need a person, and the staged one does.
demo: setup  ## stage an outage on a local stack and recover it
	@$(RUN) reclaim demo || [ $$? -eq 2 ]

# The unit tests are a call of their own, so that they fail soon. The others wait for processes as much as they compute:
# three workers share two cores and one LocalStack, and begin with the longest (`tests/conftest.py` says which).
test: setup  ## every test: unit, then flows, contract and end to end
	@$(RUN) pytest -n 2 tests/unit
	@$(RUN) pytest -n 3 --dist loadfile --no-loadscope-reorder tests/e2e tests/flows tests/contract

test-fast: setup  ## the unit tests only, in seconds
	@$(RUN) pytest tests/unit

lint: setup  ## style, types, import rules
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy
	@$(RUN) lint-imports

format: setup  ## put the code into shape
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

bench: setup  ## the recovery's rate against a bare boto3 loop, in the same run
	@$(RUN) python -m benchmarks.recovery_rate

# The worker stays in the foreground: Ctrl-C ends it, `reclaim down` the rest.
ui: setup  ## the local stack with the Prefect UI, every deployment, and a worker that runs them
	@$(RUN) reclaim up
	@$(RUN) reclaim provision
	@set -a; . "$${RECLAIM_HOME:-.}/.reclaim/stack.env"; set +a; \
	$(RUN) prefect --no-prompt work-pool create reclaim --type process --overwrite && \
	$(RUN) prefect --no-prompt deploy --all && \
	echo "Open $$PREFECT_UI_URL/deployments" && \
	exec .venv/bin/prefect worker start --pool reclaim

clean: setup  ## stop the local stack and remove what it left
	@$(RUN) reclaim down
	@rm -rf .reclaim
