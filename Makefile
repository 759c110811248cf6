# Needs Python 3.11 or newer and make; everything else goes to the folder .venv.
.DELETE_ON_ERROR:
.PHONY: help run test test-all lint clean

PY = .venv/bin/python
PINS = pyproject.toml constraints.txt
# A worker a core, each with one thread for linear algebra; make test WORKERS=0 runs the suite in one process. A worker
# that has nothing left takes tests from the end of another's list: files stay together, and so does what they share.
WORKERS = logical
PYTEST = OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 $(PY) -m pytest -n $(WORKERS) --dist worksteal
INSTALL = $(PY) -m pip install -q --disable-pip-version-check -c constraints.txt -e

help:
	@echo "make run       set up what is missing, simulate a sample and study it (antistokes demo)"
	@echo "make test      set up what is missing, run the test suite"
	@echo "make test-all  the same with the large forms of the tests"
	@echo "make lint      style, types, layers, spelling"
	@echo "make clean     remove .venv and caches"

run: .venv/run.ok
	@.venv/bin/antistokes demo

test: .venv/test.ok
	@echo "Running the tests on every core (some ten minutes on two) ..."
	@$(PYTEST) -m "not slow"

test-all: .venv/test.ok
	@echo "Running the tests, large forms included (many minutes) ..."
	@$(PYTEST)

lint: .venv/lint.ok
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	@PATH=".venv/bin:$$PATH" lint-imports
	@PATH=".venv/bin:$$PATH" codespell src tests docs bench *.md Makefile pyproject.toml .ci

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# A stamp is written last, so that an interrupted set-up is done again.
.venv/made.ok:
	@found=; for python in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && found="$$python" && break; \
	done; \
	[ -n "$$found" ] || { echo "antistokes needs Python 3.11 or newer, and none was found on the PATH." \
	    "Install one, or name it: make run PYTHON=/path/to/python3" >&2; exit 1; }; \
	"$$found" -c 'import venv, ensurepip' 2>/dev/null || { echo "$$found lacks the modules venv and ensurepip." \
	    "Install them (on Debian and Ubuntu: apt install python3-venv) and run make again." >&2; exit 1; }; \
	echo "Making .venv with $$found (some seconds) ..."; \
	"$$found" -m venv --clear .venv && touch $@

.venv/run.ok: .venv/made.ok $(PINS)
	@echo "Installing antistokes and what it needs into .venv (about a minute) ..."
	@$(INSTALL) .
	@touch $@

.venv/test.ok: .venv/made.ok $(PINS)
	@echo "Installing antistokes and its test tools into .venv (about a minute) ..."
	@$(INSTALL) ".[test]"
	@touch $@ .venv/run.ok

.venv/lint.ok: .venv/made.ok $(PINS)
	@echo "Installing antistokes and its lint tools into .venv (about a minute) ..."
	@$(INSTALL) ".[lint]"
	@touch $@ .venv/run.ok
