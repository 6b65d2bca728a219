"""Fit the weights of the lexical detector on human-labelled answers, and say how well they do on answers kept apart.

    python -m harness.studies.training --data FOLDER [--out harness/detectors/lexical.json]
    python -m harness.studies.training --show

Needs scikit-learn (extra `train`); the detector itself does not. Every figure is from folds that keep all answers to
one source document together, with the thresholds chosen on the other folds.
"""
