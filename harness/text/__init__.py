"""Words, sentences, numbers, limits, scaffold and refusals of plain text: pure functions with exact offsets."""
