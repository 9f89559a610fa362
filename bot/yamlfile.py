"""Reading YAML strictly: UTF-8, one document, no key twice, no tags; errors with the line they stand on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bot.errors import ContentError


class StrictLoader(yaml.CSafeLoader):
    """PyYAML's safe loader, but a key that stands twice is refused instead of silently dropped."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if (key.tag, key.value) in seen:
                problem = f"the key {key.value!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, where: str = "") -> Any:
    """What the file holds.

    Raises:
        ContentError: it cannot be read, is not UTF-8, is empty, or is not YAML; with the line where that is known.
    """
    where = where or path.name
    text = _read_text(path, where)
    try:
        raw = yaml.load(text, StrictLoader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise ContentError(where + line, _one_line(error.problem or error.context), _mend(error)) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ContentError(where, _one_line(error), "take that character or value out") from error
    if raw is None:
        raise ContentError(where, "the file is empty", "write the content, or remove the file")
    return raw


def _read_text(path: Path, where: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ContentError(f"{where}, line {line}", "it is not UTF-8", "save the file as UTF-8") from error
    except OSError as error:
        reason = f"it cannot be read ({error.strerror})"
        raise ContentError(where, reason, "check that it is there, and its permissions") from error


def _one_line(problem: object) -> str:
    return " ".join(str(problem).split())


def _mend(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem)
    if "stands twice" in problem:
        return "keep one of the two"
    if "tag" in problem:
        return "take the tag (!…) out"
    if "\\t" in problem or "'\t'" in problem:
        return "indent with spaces, not tabs"
    return "mend the YAML there or just above: indentation, quotes, brackets, a colon inside a text"
