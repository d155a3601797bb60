# make demo   a running hub on one machine        make test    every test
# make check  style, types, architecture          make bench   speed beside its peers
PY := .venv/bin/python
STAMP := .venv/.installed
SCREENS := screens/static/manifest.json
PYTHON ?= python3.11
export UV_LINK_MODE ?= copy
# Where it is set, every process compiles anew all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: env demo test check lock bench clean

TEXTS := hub/locale/vi/LC_MESSAGES/hub.mo

env: $(STAMP) $(SCREENS) $(TEXTS)

# The Vietnamese catalogue, as programs read it.
$(TEXTS): $(STAMP) $(TEXTS:.mo=.po)
	$(PY) -m ioc.messages --compile

# What pages load, bundled once; the command itself skips what is fresh.
$(SCREENS): $(STAMP) screens/build.py $(filter-out screens/assets/node_modules,$(wildcard screens/assets/* screens/charts/*.css) screens/assets/.npmrc)
	@echo "── pages' assets"
	$(PY) -m screens.build
	@touch $@

# uv is installed first, itself by hash. pip 23.2, which comes with Python 3.11, cannot install the whole lock: where a
# package asks for another's extra (`sqlalchemy[asyncio]`), it does not see that the locked one is the same.
UV := deploy/uv-requirements.lock
$(STAMP): requirements.lock $(UV) pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed; install it or set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "── environment"
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(UV)
	$(PY) -m uv pip install --quiet --python $(PY) --require-hashes -r requirements.lock
	$(PY) -m uv pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	@touch $@

demo: env
	@exec .venv/bin/ioc demo $(if $(ONCE),--once)

test: env
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: env
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports
	$(PY) -m ioc.messages
	$(PY) -m ioc docs check

bench: env .venv-bench/.installed
	$(PY) -m bench $(ARGS)

# dlt and what it needs, apart from the hub's own environment.
.venv-bench/.installed: bench/requirements.lock $(STAMP)
	@echo "── environment of the peers"
	$(PY) -m uv venv --quiet --clear --python $(PY) .venv-bench
	$(PY) -m uv pip install --quiet --python .venv-bench/bin/python --require-hashes -r bench/requirements.lock
	@touch $@

lock:
	$(PY) -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --group installer \
		--python-version 3.11 -o $(UV)
	$(PY) -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --group dev \
		--python-version 3.11 pyproject.toml -o requirements.lock
	$(PY) -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --group assets \
		--python-version 3.11 --constraint requirements.lock pyproject.toml -o deploy/requirements.lock
	$(PY) -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 bench/requirements.in -o bench/requirements.lock

clean:
	rm -rf .venv .venv-bench build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis screens/static screens/assets/node_modules
