"""ragas' metrics as scorers: `ragas:faithfulness?model=MODEL&base_url=…`. Needs the extra `ragas`."""
