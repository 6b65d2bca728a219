"""Help for tests: a scripted OpenAI-compatible server on the loopback interface."""
