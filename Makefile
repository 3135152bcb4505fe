# Two commands do everything on a bare Debian 12: `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes
APT := deploy/apt.sh
ARGS ?=
FASTPATH := mediation_server/media/embedded/_fastpath
STACK := tests/media/werift

.PHONY: help demo setup setup-dev setup-node setup-stack setup-browser setup-compiler accelerator test check lint types contracts browser-code screenshots docs lock clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: setup ## a whole mediation on this machine, with a link for each role
	@$(BIN)/mediation-server demo $(ARGS)

setup: .venv/.runtime ## the environment the product needs
	@$(BIN)/python -m compileall -q mediation_server signaling recordings web bench # a start reads it also where Python may write none
setup-dev: .venv/.dev
setup-node: web/node_modules/.done
setup-stack: $(STACK)/node_modules/.done

.venv/bin/python:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(APT) python3-venv
	@$(PYTHON) -m venv .venv

.venv/.runtime: deploy/locks/runtime.txt pyproject.toml $(wildcard $(FASTPATH)*.[ch]) | .venv/bin/python
	@echo "Installing the product (once) …"
	@$(PIP) -r deploy/locks/runtime.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@test -e $(FASTPATH).abi3.so || echo "No C compiler with Python's headers: media runs in Python alone (make accelerator)."
	@touch $@

.venv/.dev: deploy/locks/dev.txt .venv/.runtime
	@echo "Installing what tests and checks need (once) …"
	@$(PIP) -r deploy/locks/dev.txt
	@touch $@

%/node_modules/.done: %/package-lock.json
	@command -v npm >/dev/null || $(APT) nodejs npm
	@cd $* && npm install --silent --no-audit --no-fund --no-save # not `npm ci`: it wants every platform's binaries in the lock
	@touch $@

setup-browser:
	@command -v chromium >/dev/null || $(APT) chromium
	@command -v firefox-esr >/dev/null || $(APT) firefox-esr
	@command -v janus >/dev/null || $(APT) janus
	@command -v turnserver >/dev/null || $(APT) coturn
	@command -v ffprobe >/dev/null || $(APT) ffmpeg
	@command -v espeak-ng >/dev/null || $(APT) espeak-ng
	@command -v mkvinfo >/dev/null || $(APT) mkvtoolnix
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || $(APT) postgresql
	@fc-list 2>/dev/null | grep -qi 'noto.*cjk' || $(APT) fonts-noto-cjk fontconfig

setup-compiler: # before the product is installed, so that it is built with it
	@test -e $(FASTPATH).abi3.so || deploy/compiler.sh $(PYTHON)
	@test -e $(FASTPATH).abi3.so || rm -f .venv/.runtime

accelerator: setup-compiler setup ## build the compiled media path, with Debian's compiler if there is none

test: setup-compiler setup setup-dev setup-stack setup-browser ## all tests, in real headless browsers too
	@$(BIN)/python -m $(if $(ARGS),pytest -q $(ARGS),tests.halves)

check: lint types contracts browser-code ## lint, types, contracts

lint: setup-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup-dev
	@$(BIN)/mypy

contracts: setup-dev
	@$(BIN)/lint-imports

browser-code: setup-node
	@cd web && npx --no-install tsc --project tsconfig.json
	@cd web && npx --no-install biome check --error-on-warnings

screenshots: setup-dev setup-browser ## remake the pictures of the README from the running product
	@$(BIN)/python -m bench.screenshots

docs: setup-dev ## write docs/map.md and docs/settings.md anew from the code
	@$(BIN)/python -m tests.docs.pages

lock: setup-dev ## write the locked versions anew
	@$(BIN)/uv pip compile pyproject.toml --extra install -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o deploy/locks/runtime.txt
	@$(BIN)/uv pip compile pyproject.toml --extra install --extra postgres --extra captions --extra dev -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -c deploy/locks/runtime.txt -o deploy/locks/dev.txt

clean: ## throw away everything that can be made again, but not ./var
	@rm -rf .venv web/node_modules $(STACK)/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info build $(FASTPATH)*.so
