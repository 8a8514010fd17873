"""What a plugin offers: a criterion, ready to be bound to parameters, with what tells one state of it from another."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib import resources
from types import ModuleType
from typing import Any

import attrs

from lifecycle.canonical import digest
from lifecycle.criteria import About, Criterion
from lifecycle.definition import Provenance
from lifecycle.parameters import converter_of, fields_of
from lifecycle.plugin import Plugin
from lifecycle.spelling import did_you_mean

__all__ = ["BindingProblem", "Offer"]

BindingProblem = tuple[str, str, str]
"""A parameter's name, a code and a message."""


@attrs.frozen(slots=False)
class Offer:
    """One criterion that a plugin offers; `name` is what definitions use."""

    plugin: Plugin
    cls: type[Criterion]
    about: About

    @property
    def name(self) -> str:
        """The name in definitions: `plugin.criterion`."""
        return f"{self.plugin.name}.{self.about.name}"

    @property
    def parameters(self) -> tuple[attrs.Attribute[Any], ...]:
        """The parameters that the criterion takes."""
        return fields_of(self.cls)

    @cached_property
    def provenance(self) -> Provenance:
        """Whose criterion it is, with the digest of what else may change a verdict: its package and its lists.

        A registry has asked for it before anybody else does, so that lists which break are a problem of the plugin.
        """
        lists = [] if self.about.lists is None else sorted(line.encode() for line in self.about.lists())
        return Provenance(
            plugin=self.plugin.name,
            criterion=self.about.name,
            version=self.about.version,
            distribution=self.plugin.distribution,
            distribution_version=self.plugin.version,
            fingerprint=digest("lifecycle-criterion-1", _source(sys.modules.get(self.cls.__module__)), *lists),
        )

    def bind(self, parameters: Mapping[str, object]) -> tuple[Criterion | None, list[BindingProblem]]:
        """Make the criterion with these parameters, or say everything that is wrong with them."""
        fields = {field.name: field for field in self.parameters}
        problems = [
            (name, "unknown-parameter", f"{self.name} takes no {name!r}{did_you_mean(name, fields)}")
            for name in parameters
            if name not in fields
        ]
        for name, field in fields.items():
            if name in parameters:
                problems.extend(self._wrong(field, parameters[name]))
            elif field.default is attrs.NOTHING:
                problems.append((name, "missing-parameter", f"{self.name} needs {name!r}"))
        if problems:
            return None, problems
        try:
            return self.cls(**parameters), []
        except Exception as error:  # noqa: BLE001 - a stranger's validators: they may raise anything
            return None, [(_field_of(error), "wrong-parameter", f"{self.name}: {_said(error)}")]

    def _wrong(self, field: attrs.Attribute[Any], value: object) -> Iterator[BindingProblem]:
        convert = converter_of(field)
        try:
            if convert is not None:
                convert(value)
        except Exception as error:  # noqa: BLE001 - a stranger's converter: it may raise anything
            yield field.name, "wrong-parameter", f"{field.name!r} of {self.name}: {_said(error)}"


def _field_of(error: Exception) -> str:
    """Give the parameter that a validator of attrs names, or the whole criterion where none is named."""
    named: list[attrs.Attribute[Any]] = [item for item in error.args if isinstance(item, attrs.Attribute)]
    return named[0].name if named else "use"


def _said(error: Exception) -> str:
    """Give what an error says: of a refusal the reason, of anything else also what kind of accident it is."""
    message = str(error.args[0]) if error.args else ""  # the errors of attrs' validators carry more than that
    return message if isinstance(error, (TypeError, ValueError)) else f"{type(error).__name__}: {message}"


@cache
def _source(module: ModuleType | None) -> bytes:
    """Give the source of a module, together with its neighbours in the same package: a helper decides verdicts too.

    Empty for what was typed in at a prompt: there is no file, and the criterion's version is all that tells.
    """
    package = getattr(module, "__package__", None)
    try:
        if package:
            files = sorted((item for item in resources.files(package).iterdir()), key=lambda item: item.name)
            return b"\n".join(item.read_bytes() for item in files if item.name.endswith((".py", ".toml")))
        return inspect.getsource(module).encode() if module is not None else b""
    except (ImportError, OSError, TypeError):
        return b""
