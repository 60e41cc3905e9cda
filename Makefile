# Two commands: `make up` (the arena) and `make test` (every test). `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
# One worker a core, four at most; the tests of one file stay with one worker.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help up test check bench prove docs lock clean environments browser

help: ## What can be made here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

up: .venv/.made-base .venv-vllm/.made ## The arena at http://127.0.0.1:7860, with small contestants on a real vLLM
	@$(BIN)/arena up $(ARGS)

test: environments browser ## Everything the tests need, then every test
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

check: environments browser ## What CI runs: format, lint, types, import law, docs, then every test
	@$(BIN)/python deploy/check.py $(PARALLEL)

bench: .venv/.made-dev .venv-bench/.made .venv-bench-gateway/.made .venv-bench-fastchat/.made ## Measure ourselves beside the peers; exit 1 where a golden figure is off
	@$(BIN)/python -m benchmarks $(ARGS)

prove: environments browser ## The long proofs: simulated battles against the checker's own order
	@$(BIN)/python -m benchmarks.prove $(ARGS)

docs: .venv/.made-dev ## Write the generated parts of the documents again
	@$(BIN)/cog -I docs -r README.md docs/commands.md docs/settings.md

lock: ## Pin every version again: constraints.txt and constraints-vllm.txt
	@$(PYTHON) deploy/environment.py --lock
	@$(PYTHON) deploy/vllm_env.py --lock .venv-vllm

clean: ## Remove the environments and everything made
	rm -rf .venv .venv-vllm .venv-bench .venv-bench-gateway .venv-bench-fastchat .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The two environments are filled side by side: each waits for the network most of the time.
environments:
	@$(MAKE) --no-print-directory -j2 .venv/.made-dev .venv-vllm/.made

.venv/.made-%: deploy/environment.py pyproject.toml constraints.txt
	@$(PYTHON) deploy/environment.py .venv $*
	@touch $@

.venv-bench/.made: deploy/environment.py
	@$(PYTHON) deploy/environment.py .venv-bench peers
	@touch $@

.venv-bench-gateway/.made: deploy/environment.py
	@$(PYTHON) deploy/environment.py .venv-bench-gateway gateway-peers
	@touch $@

.venv-bench-fastchat/.made: deploy/environment.py
	@$(PYTHON) deploy/environment.py .venv-bench-fastchat fastchat
	@touch $@

.venv-vllm/.made: deploy/vllm_env.py constraints-vllm.txt
	@$(PYTHON) deploy/vllm_env.py .venv-vllm
	@touch $@

browser:
	@$(PYTHON) deploy/browser.py
