# Every task is a function of tools/dev.py, which needs nothing but Python 3.11+ and sets up the rest.
# On Windows: py tools/dev.py TASK
PYTHON ?= python3
TASKS := book serve lab test lint types unit nbval site links site-test slides screenshots notebooks gate release grade formgrader export bench bench-grading reproduce lock clean pdf page-speed

.PHONY: help $(TASKS)

help: ## List the tasks
	@$(PYTHON) tools/dev.py help

$(TASKS):
	@$(PYTHON) tools/dev.py $@
