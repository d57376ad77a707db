"""What the documents promise is what the code does: commands, variables, dependencies, containers, examples."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from backend.cli import app
from backend.contracts.requests import REQUEST

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (
    "README.md",
    "docs/guide.md",
    "docs/reproduction.md",
    "docs/languages.md",
    "docker-compose.yml",
    "justfile",
)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """Fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(name), flags=re.MULTILINE | re.DOTALL)


def test_the_gate_ends_with_the_second_command_of_the_readme():
    commands = [line for block in blocks("README.md", "bash") for line in block.splitlines() if line.startswith("pip ")]
    assert len(commands) == 2
    start, check = commands
    assert start == 'pip install -c constraints.txt -e ".[demo]" && lingua-atlas demo'
    assert text(".ci/run").splitlines()[-1] == check


@pytest.mark.parametrize("name", [".ci/run"])
def test_shell_scripts_parse(name: str):
    subprocess.run(["bash", "-n", str(ROOT / name)], check=True)


def test_every_file_that_is_linked_is_there():
    for name in ("README.md", "docs/guide.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text(name)):
            assert ((ROOT / name).parent / target).exists(), f"{name} links to {target}"


def written_commands() -> list[tuple[str, str]]:
    """(document, arguments) for every `lingua-atlas ...` in a fenced block, in backticks, or in a script."""
    found = []
    for name in DOCUMENTS:
        for line in text(name).splitlines():
            for span in re.findall(r"`([^`]*lingua-atlas[^`]*)`", line) or [line]:
                match = re.search(r"(?:^|&& |\s)lingua-atlas +([a-z][^#&`]*)", span)
                found += [(name, match[1].strip())] if match else []
    return found


COMMANDS = written_commands()


def test_the_documents_have_commands():
    assert {command.split()[0] for _, command in COMMANDS} >= {"demo", "up", "run", "results", "models", "corpora"}


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[command for _, command in COMMANDS])
def test_every_command_in_the_documents_parses(name: str, command: str):
    """Click reads the arguments into the command's parameters without running it."""
    arguments = shlex.split(command.replace("...", ""))
    group: Any = typer.main.get_command(app)
    context = group.make_context("lingua-atlas", [], resilient_parsing=True)
    while hasattr(group, "get_command") and arguments:
        found = group.get_command(context, arguments[0])
        assert found is not None, f"{name}: there is no command {arguments[0]!r}"
        group, arguments = found, arguments[1:]
        context = group.make_context(group.name, [], parent=context, resilient_parsing=True)
    group.make_context(group.name, arguments)


def test_help_of_every_command():
    runner = CliRunner()

    def walk(command: Any, path: tuple[str, ...]) -> None:
        shown = runner.invoke(app, [*path, "--help"])
        assert shown.exit_code == 0, path
        assert "Usage" in shown.output
        assert command.help, f"{' '.join(path)} has no help"
        for name, sub in getattr(command, "commands", {}).items():
            walk(sub, (*path, name))

    walk(typer.main.get_command(app), ())


def test_every_variable_that_is_read_is_in_the_guide_and_the_other_way_round():
    rows = [line for line in text("docs/guide.md").splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`([A-Z][A-Z_]+)`", row.split("|")[1])}
    sources = [path for part in ("backend", "workers", "frontend") for path in (ROOT / part).rglob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    read = set(re.findall(r"""["'](LINGUA_ATLAS_[A-Z_]+|REDIS_URL)["']""", code))
    assert read == told


def test_containers_set_only_variables_that_exist():
    guide = text("docs/guide.md")
    names = set(re.findall(r"LINGUA_ATLAS_[A-Z_]+", text("docker-compose.yml") + text("Dockerfile")))
    assert {name for name in names if name not in guide} <= {"LINGUA_ATLAS_PUBLISH"}  # compose's own, told there


def test_every_dependency_has_its_reason():
    lines = text("pyproject.toml").splitlines()
    start = lines.index("dependencies = [")
    stop = next(number for number, line in enumerate(lines) if line.startswith("[project.scripts]"))
    dependencies = [line for line in lines[start:stop] if re.match(r'\s+"', line)]
    assert len(dependencies) > 20
    assert not [line for line in dependencies if not re.search(r"#\s*\S{2,}.*\S", line)]


COMPOSE = yaml.safe_load(text("docker-compose.yml"))


def test_services_of_the_containers():
    services = COMPOSE["services"]
    assert set(services) == {"redis", "api", "dashboard", "worker", "worker-gpu"}
    assert services["worker"]["profiles"] == ["cpu"]
    assert services["worker-gpu"]["profiles"] == ["gpu"]
    assert services["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]
    for name, service in services.items():
        assert "healthcheck" in service, name
        assert all(port.endswith("127.0.0.1:8050}:8050") for port in service.get("ports", [])), name
        if name != "redis":
            assert "atlas-data:/data" in service["volumes"], name
            assert service["environment"]["LINGUA_ATLAS_TOKEN"].startswith("${LINGUA_ATLAS_TOKEN:?"), name
    assert "--appendonly" in services["redis"]["command"][-1]


def test_containers_gain_no_rights_and_write_nowhere_else():
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"] and service["pids_limit"], name
        assert not service.get("privileged") and "docker.sock" not in str(service), name
        assert re.search(r":\d+\.\d+\.\d+", service["image"]), f"{name}: the image is pinned by version"
    dockerfile = text("Dockerfile")
    assert re.search(r"^FROM python:\d+\.\d+\.\d+-", dockerfile, re.M)
    assert dockerfile.index("USER atlas") > dockerfile.rindex("RUN ")
    assert COMPOSE["services"]["redis"]["user"] == "redis"


def test_secrets_are_where_they_are_needed_and_on_no_command_line():
    for name, service in COMPOSE["services"].items():
        assert ("HF_TOKEN" in service["environment"]) is name.startswith("worker"), name
        told = f"{service.get('command')} {service['healthcheck']} {service.get('entrypoint')}"
        assert not re.search(r"(?<!\$)\$\{?(REDIS_PASSWORD|LINGUA_ATLAS_TOKEN|HF_TOKEN)", told), name


def test_every_promise_of_security_names_a_test_that_is_there():
    rows = [line for line in text("docs/security.md").splitlines() if re.match(r"\| [A-Z\d]", line)]
    assert len(rows) > 10
    for row in rows[1:]:
        named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", row)
        assert named, row
        for path, test in named:
            assert (ROOT / path).is_file(), path
            assert not test or f"def {test}(" in text(path), f"{path}::{test}"


@pytest.mark.parametrize("service", ["api", "dashboard", "worker", "worker-gpu"])
def test_the_command_of_a_container_exists(service: str):
    program, command = COMPOSE["services"][service]["command"]
    assert program == "lingua-atlas"
    assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0
    _, *check = COMPOSE["services"][service]["healthcheck"]["test"]
    if check[1] == "-c":
        compile(check[2], service, "exec")
    else:
        assert check[:3] == ["python", "-P", "-m"]
        assert (ROOT / (check[3].replace(".", "/") + ".py")).is_file()


def test_python_examples_compile_and_import_what_exists():
    for name in ("README.md", "docs/guide.md"):
        for block in blocks(name, "python"):
            compile(block, name, "exec")
            imports = "\n".join(line for line in block.splitlines() if line.startswith(("from ", "import ")))
            subprocess.run([sys.executable, "-c", imports], check=True, cwd=ROOT)


def test_json_examples_are_requests():
    examples = [block for name in ("README.md", "docs/guide.md") for block in blocks(name, "json")]
    assert examples, "the documents show no request"
    for example in examples:
        REQUEST.validate_python(json.loads(example))
