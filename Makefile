# `make` alone prints this list.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := packages/contracts packages/vision packages/store services/camera-agent services/recognizer services/api deploy/local
STAMP := $(VENV)/.setup-done
WORKERS ?= 2
# Of a deployment: the name by which this server is reached, where its secrets lie, where CPU builds of torch are.
HOST ?= localhost
SECRETS ?= secrets
TORCH_CPU_INDEX ?=
BUILDER ?= python:3.11-slim-bookworm
VERIFY ?= /tmp/adsum-verify

.PHONY: help setup demo test test-long check bench secrets images verify-compose clean

help:  ## print this list
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | awk -F ':.*  ## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(STAMP)  ## make .venv with every command in it (again: does nothing)

$(STAMP): requirements.txt requirements-nodeps.txt $(addsuffix /pyproject.toml,$(PACKAGES))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Adsum needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make setup PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-nodeps.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ,$(PACKAGES))
	$(BIN)/python -m adsum_vision.export
	@touch $@

demo: setup  ## take the roll of a simulated classroom; Ctrl-C stops it
	$(BIN)/adsum demo

test: setup  ## run every test but the long ones
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-long: setup  ## run the long tests: kills by the hundred, hours of video
	$(BIN)/python -m pytest -m long -o log_cli=true -o log_cli_level=INFO

check: setup  ## format, lint, types, import rules, sizes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy packages/*/src services/*/src deploy/local/src tools
	$(BIN)/lint-imports
	$(BIN)/python tools/check_sizes.py

bench: setup  ## measure against what a user would pick instead, and keep it in benchmarks/results
	$(BIN)/python -m benchmarks --save

secrets:  ## make the secrets of a deployment: make secrets HOST=adsum.school.example
	@deploy/make-secrets.sh $(SECRETS) $(HOST)

IMAGE = docker build --build-arg BUILDER=$(BUILDER) --build-arg PIP_EXTRA_INDEX_URL=$(TORCH_CPU_INDEX)
images:  ## build the images of a deployment and print their sizes
	docker build --build-arg BUILDER=$(BUILDER) -t adsum/api -f services/api/Dockerfile .
	$(IMAGE) -t adsum/camera-agent -f services/camera-agent/Dockerfile .
	$(IMAGE) -t adsum/recognizer -f services/recognizer/Dockerfile --target cpu .
	$(IMAGE) -t adsum/simulated-classroom -f deploy/local/Dockerfile .
	@docker images --format '{{.Repository}}  {{.Size}}' | grep '^adsum/'

verify-compose: setup  ## run the whole composition with stand-ins for its base images, as root, and say what holds
	deploy/verify/stand_ins.sh $(VERIFY)
	$(MAKE) images BUILDER=adsum-verify/builder
	$(BIN)/python -m deploy.verify $(VERIFY) --save benchmarks/results/compose.txt

clean:  ## remove .venv and every cache (data of runs stays)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
