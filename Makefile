# make demo   a running hub on one machine        make test    every test
# make check  style, types, architecture          make bench   speed beside its peers
PY := .venv/bin/python
STAMP := .venv/.installed
PYTHON ?= python3.11
export UV_LINK_MODE ?= copy

.PHONY: env demo test check lock bench clean

env: $(STAMP)

# uv is installed first: the pip that comes with Python 3.11 does not take this kind of hash-locked file.
$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed; install it or set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "── environment"
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check uv
	$(PY) -m uv pip install --quiet --python $(PY) --require-hashes -r requirements.lock
	$(PY) -m uv pip install --quiet --python $(PY) --no-deps --no-build-isolation -e .
	@touch $@

demo: env
	@exec .venv/bin/ioc demo $(if $(ONCE),--once)

test: env
	$(PY) -m pytest

check: env
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports

bench: env
	$(PY) -m bench $(ARGS)

lock:
	$(PY) -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --group dev \
		--python-version 3.11 pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .venv-bench build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
