# Every target sets up what it needs; nothing has to be done first.
PYTHON ?= python3
VENV   := .venv
LAB    := .venv-lab
BIN    := $(VENV)/bin
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

.DEFAULT_GOAL := help
.PHONY: help reports gate demo ask test check lab mlflow bench lock clean

help:  ## say what there is
	@echo "mlops-lib: evidence in, verdict out"
	@echo
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

reports: demo  ## the main job: demo data, all notebooks, HTML; succeeds when every report was produced
	@$(BIN)/mlops run --all; status=$$?; \
	case $$status in 0|1|3) exit 0;; *) exit $$status;; esac

gate: demo  ## the same, and fails unless every verdict passes or warns; this is what CI calls
	@$(BIN)/mlops run --all

demo: $(VENV)/.done  ## prepare the demo data: request log and evaluation runs of the assistant
	@$(BIN)/python -m assistant demo

ask: $(VENV)/.done  ## ask the reference assistant: make ask Q="what is PSI?"
	@$(BIN)/python -m assistant ask "$(Q)"

test: $(VENV)/.done  ## run the tests
	@$(BIN)/python -m pytest -n auto

check: $(VENV)/.done  ## lint, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

lab: $(LAB)/.done  ## open JupyterLab on the notebooks; kernels start in this folder
	@$(LAB)/bin/jupyter lab --ServerApp.root_dir=$(CURDIR)/notebooks \
	  --MappingKernelManager.root_dir=$(CURDIR) $(ARGS)

mlflow: $(LAB)/.done  ## log the demo's runs to MLflow, and serve its own page of them
	@$(LAB)/bin/python -m assistant demo
	@MLFLOW_DISABLE_TELEMETRY=true $(LAB)/bin/mlflow ui --workers 1 $(ARGS)

bench: $(VENV)/.done  ## time the main job against papermill and nbconvert, and the library's limits
	@$(BIN)/python -m benchmarks

lock:  ## resolve the lock files anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --upgrade --group dev \
	  --extra lab --extra mlflow --extra evidently --extra anthropic --extra dvc \
	  --extra embeddings --extra postgres \
	  pyproject.toml -o requirements-lab.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-annotate --no-header --upgrade --group dev --extra anthropic --extra postgres \
	  -c requirements-lab.lock pyproject.toml -o requirements.lock

clean:  ## remove the environments and everything generated
	rm -rf $(VENV) $(LAB) reports data mlruns mlflow.db* .coverage .*_cache

$(VENV)/.done: requirements.lock pyproject.toml
	@$(call environment,$(VENV),requirements.lock)

$(LAB)/.done: requirements-lab.lock pyproject.toml
	@$(call environment,$(LAB),requirements-lab.lock)

# A hashed environment with the project in it, made once; touched again when its lock changes.
define environment
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "error: Python 3.11 or newer is needed, not $$($(PYTHON) --version)"; exit 2; }; \
	echo "setting up $(1) (once; a minute or two)"; \
	$(PYTHON) -m venv $(1) \
	  && $(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(2) \
	  && $(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . \
	  && touch $(1)/.done
endef
