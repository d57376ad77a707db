# Short names for the commands of the README.

# start the demo
demo:
    lingua-atlas demo

# the whole gate
test:
    python -m tests

# without end-to-end tests, slow tests and benchmarks
fast:
    python -m tests --fast

format:
    ruff format . && ruff check --fix .

bench:
    python -m benchmarks
