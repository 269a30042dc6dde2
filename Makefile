# The portal's commands. They need a Python of 3.11 to 3.13, make and a C library, nothing else.
# PYTHON=/path/to/python3.12 chooses another Python; PORT=8001 another port.
.POSIX:
.SUFFIXES:
PORT ?= 8000
VENV ?= .venv
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes
WHEELS = vendor/dlib-20.0.1-py3-none-any.whl vendor/face_recognition_models-0.3.0-py3-none-any.whl

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 24

run: $(VENV)/run.stamp ## Set everything up and serve the portal on 127.0.0.1:8000 (PORT=8001 changes it)
	@exec $(VENV)/bin/python manage.py up --port $(PORT)

demo: $(VENV)/run.stamp ## Tell the whole story of one person, step by step, through the real parts
	@exec $(VENV)/bin/python manage.py demo

test: $(VENV)/dev.stamp ## Run all tests (ONLY=tests/law runs some)
	$(VENV)/bin/python -m pytest $(ONLY)

test-postgres: $(VENV)/dev.stamp ## Run all tests once more, on a real PostgreSQL
	$(VENV)/bin/python .ci/on_postgres.py $(ONLY)

faults: $(VENV)/dev.stamp ## Kill workers, servers and the web at every named point, on both databases
	@ALL_FAULTS=1 $(VENV)/bin/python -m pytest tests/faults -q -k sqlite & sqlite=$$!; \
	ALL_FAULTS=1 $(VENV)/bin/python -m pytest tests/faults -q -k "not sqlite"; other=$$?; \
	wait $$sqlite && exit $$other

foreign: $(VENV)/dev.stamp ## Let tools that others wrote check a log of ours
	FOREIGN_TOOLS=1 $(VENV)/bin/python -m pytest tests/audit/foreign -q -rs

check: $(VENV)/dev.stamp ## Run every check and count what fails
	@$(VENV)/bin/python .ci/check.py

fix: $(VENV)/dev.stamp ## Mend what the formatters can mend
	$(VENV)/bin/python -m ruff check --fix .
	$(VENV)/bin/python -m ruff format .

bench: $(VENV)/dev.stamp ## Measure search, encoding and sealing on this machine
	@$(VENV)/bin/python .ci/bench.py

bench-log: $(VENV)/dev.stamp ## Measure what the log costs, on both databases, and check what was written
	@$(VENV)/bin/python -m tests.load.bench_log

lock: $(VENV)/dev.stamp ## Write requirements.txt and requirements-dev.txt anew, with the newest versions
	$(VENV)/bin/python .ci/lock.py

vendor: $(VENV)/dev.stamp ## Fetch the front end's files again and compare them with vendor.toml
	$(VENV)/bin/python .ci/vendor_front_end.py

vendor-wheels: $(VENV)/dev.stamp ## Build the two empty wheels of vendor/ (the same bytes every time)
	$(VENV)/bin/python .ci/lock.py --wheels-only

clean: ## Remove the virtual environment and the caches; var/ with its data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/run.stamp: requirements.txt $(WHEELS)
	@test -x $(VENV)/bin/python || sh .ci/make-venv $(VENV) $(PYTHON)
	@echo "Installing the locked packages into $(VENV): about twenty seconds."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Installing the locked development tools into $(VENV)."
	@$(PIP) -r requirements-dev.txt
	@touch $@

.PHONY: help run demo test test-postgres faults foreign check fix bench bench-log lock vendor vendor-wheels clean
