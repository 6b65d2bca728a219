"""Whatever finds unsupported content in an answer."""
