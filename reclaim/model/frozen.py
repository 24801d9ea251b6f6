"""The base of the frozen values that are dumped as JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A frozen value; an unknown name is refused, so that a mistyped one cannot vanish."""

    model_config = ConfigDict(frozen=True, extra="forbid")
