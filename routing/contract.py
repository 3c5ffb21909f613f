"""The routing contract: which inputs routing decides on, and how a profile becomes typed inputs.

Pure. A contract is data (it is frozen into each plan); `resolve_inputs` takes the best observation that fits an
input's type and vocabulary, else the default, else records the input as missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from conditions import Attribute, Vocabulary
from leads.profile import Profile
from routing.errors import InputsInvalid, PlanInvalid
from routing.vocabularies import named_vocabulary

InputType = Literal["string", "number", "boolean", "list"]
INPUT_TYPES: tuple[InputType, ...] = ("string", "number", "boolean", "list")


@dataclass(frozen=True)
class InputSpec:
    """One input: `choices` closes the vocabulary (value -> label); `default` stands in for a missing value."""

    key: str
    type: InputType
    label: str = ""
    vocabulary: str = ""
    choices: Mapping[str, str] | None = None
    required: bool = False
    default: object = None

    def accepts(self, value: object) -> bool:
        return _has_type(value, self.type) and self._in_vocabulary(value)

    def _in_vocabulary(self, value: object) -> bool:
        if self.choices is None:
            return True
        return all(item in self.choices for item in (value if isinstance(value, list) else [value]))

    @property
    def always_present(self) -> bool:
        """Rules are asked only when every required input is there, so they may rely on these."""
        return self.required or self.default is not None


def _has_type(value: object, kind: InputType) -> bool:
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "list":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, str)


@dataclass(frozen=True)
class Contract:
    inputs: tuple[InputSpec, ...]

    @cached_property
    def by_key(self) -> dict[str, InputSpec]:
        return {spec.key: spec for spec in self.inputs}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What conditions may name, for strict parsing."""
        return Vocabulary(
            Attribute(
                name=spec.key,
                type=spec.type,
                choices=spec.choices,
                required=spec.always_present,
                label=spec.label or spec.key,
            )
            for spec in self.inputs
        )

    @classmethod
    def from_document(cls, document: Iterable[Mapping[str, Any]]) -> "Contract":
        return cls(tuple(_parse_input(entry, f"contract[{i}]") for i, entry in enumerate(document)))


def _parse_input(entry: Mapping[str, Any], path: str) -> InputSpec:
    if entry.get("type") not in INPUT_TYPES:
        raise PlanInvalid(f"{path}.type", f"must be one of {', '.join(INPUT_TYPES)}")
    name = entry.get("vocabulary", "")
    choices = named_vocabulary(name) if name else entry.get("choices")
    if name and choices is None:
        raise PlanInvalid(f"{path}.vocabulary", f"there is no vocabulary named {name!r}")
    spec = InputSpec(
        key=entry["key"],
        type=entry["type"],
        label=entry.get("label", ""),
        vocabulary=name,
        choices=choices or None,
        required=bool(entry.get("required", False)),
        default=entry.get("default"),
    )
    if spec.default is not None and not spec.accepts(spec.default):
        raise PlanInvalid(f"{path}.default", f"{spec.default!r} does not fit the input's type and vocabulary")
    return spec


@dataclass(frozen=True)
class Inputs:
    """Typed values for one decision.

    `sources` has an entry per value (`"answer"`, `"enrichment"`, `"default"`, …). `missing` lists required inputs
    without a value; `refused` maps an input to why an observed value wasn't taken (never the value itself).
    """

    values: Mapping[str, object]
    sources: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)

    def as_document(self) -> dict[str, object]:
        return {
            "values": dict(self.values),
            "sources": dict(self.sources),
            "missing": list(self.missing),
            "refused": dict(self.refused),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Inputs":
        return cls(
            values=document["values"],
            sources=document["sources"],
            missing=tuple(document["missing"]),
            refused=document["refused"],
        )


def resolve_inputs(profile: Profile, contract: Contract) -> Inputs:
    """Every input of the contract from the profile, with its source; missing and refused ones named."""
    facts = {spec.key: profile.fact(spec.key) for spec in contract.inputs}
    offered = {key: fact.value for key, fact in facts.items() if fact is not None and fact.value is not None}
    sources = {key: fact.source for key, fact in facts.items() if fact is not None}
    return _complete(offered, sources, contract)


def inputs_by_hand(values: Mapping[str, object], contract: Contract) -> Inputs:
    """Inputs typed in by a person (source `given`): strict, so that a typo isn't taken for a missing value."""
    problems: dict[str, list[str]] = {}
    for key, value in values.items():
        spec = contract.by_key.get(key)
        if spec is None:
            problems[key] = [f"is not an input; inputs are {', '.join(sorted(contract.by_key))}"]
        elif not spec.accepts(value):
            problems[key] = [_why_refused(spec, value)]
    if problems:
        raise InputsInvalid("Some inputs are not valid.", fields=problems)
    return _complete(values, dict.fromkeys(values, "given"), contract)


def inputs_again(inputs: Inputs, contract: Contract) -> Inputs:
    """Stored inputs as another contract takes them. Its own defaults stand in; what was refused once stays unknown."""
    known = {key: value for key, value in inputs.values.items() if inputs.sources.get(key) != "default"}
    return _complete(known, {key: inputs.sources.get(key, "") for key in known}, contract)


def _complete(offered: Mapping[str, object], sources: Mapping[str, str], contract: Contract) -> Inputs:
    values: dict[str, object] = {}
    kept_sources: dict[str, str] = {}
    refused: dict[str, str] = {}
    for spec in contract.inputs:
        if spec.key in offered:
            if spec.accepts(offered[spec.key]):
                values[spec.key] = offered[spec.key]
                kept_sources[spec.key] = sources[spec.key]
                continue
            refused[spec.key] = _why_refused(spec, offered[spec.key])
        if spec.default is not None:
            values[spec.key] = spec.default
            kept_sources[spec.key] = "default"
    missing = tuple(spec.key for spec in contract.inputs if spec.required and spec.key not in values)
    return Inputs(values=values, sources=kept_sources, missing=missing, refused=refused)


def _why_refused(spec: InputSpec, value: object) -> str:
    if not _has_type(value, spec.type):
        return f"must be a {spec.type}"
    return "is not in the vocabulary"
