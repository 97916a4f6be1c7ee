# The way in. `make run` and `make test` need Python 3.11 or newer with its venv module, g++ and make, and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MADE := build/model
EXAMPLES ?= 150000
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(shell nproc)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test check docs bench corpus model eval clean help

run: $(VENV)/.model  ## set everything up and ask the first question
	@$(BIN)/nlsh -c "show the 5 processes using the most memory"

test: $(VENV)/.dev $(VENV)/.model  ## set up what the tests need and run them
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.dev  ## lint and type-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.dev  ## write the pages that are made from the registry
	$(BIN)/python scripts/make_docs.py

bench: $(VENV)/.dev $(VENV)/.model  ## measure, and print the figures as JSON
	$(BIN)/python -m tests.bench

corpus: $(MADE)/corpus.jsonl  ## write the training corpus to build/model

# Resumes after any stop; `rm -r build/model` begins again.
model: $(VENV)/.train $(VENV)/.model $(MADE)/corpus.jsonl  ## train the default model, build and judge it (hours)
	$(BIN)/python -m training.train --corpus $(MADE)/corpus.jsonl --resume $(MADE) \
		--examples $(EXAMPLES) --out nlsh/models/adapters/nlsh-135m.gguf
	scripts/install_model.sh
	@$(MAKE) --no-print-directory eval

eval: $(VENV)/.dev $(VENV)/.model  ## judge the installed model on the cases of training/eval
	@mkdir -p $(MADE)
	$(BIN)/python -m training.evaluate --errors $(MADE)/errors.jsonl

clean:  ## remove the virtual environment; installed models stay
	rm -rf $(VENV)

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

$(VENV)/.nlsh: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
		echo "cannot make a virtual environment: Debian and Ubuntu have it in the package python3-venv" >&2; exit 1; }
	@command -v g++ >/dev/null || { echo "g++ is missing: llama.cpp is built from its source (package g++)" >&2; exit 1; }
	@echo "installing nlsh into $(VENV); building llama.cpp takes about 5 minutes on two cores" >&2
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	@$(BIN)/python -m compileall -q nlsh  # a passed-through command costs half as much, also where Python may not write
	@touch $@

$(VENV)/.dev: $(VENV)/.nlsh
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.train: $(VENV)/.nlsh
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[train]'
	@touch $@

$(MADE)/corpus.jsonl: $(VENV)/.nlsh $(shell find training/corpus -type f -not -name '*.pyc')
	@mkdir -p $(MADE)
	$(BIN)/python -m training.corpus --seed 7 --size 60000 > $@.part
	@mv $@.part $@

# The adapter is part of the package: a new one means a new build of the model.
$(VENV)/.model: $(VENV)/.nlsh $(wildcard nlsh/models/adapters/*.gguf)
	@scripts/install_model.sh
	@touch $@
