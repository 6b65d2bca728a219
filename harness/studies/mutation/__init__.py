"""Make statements that the contexts do not support from statements that they do, and see how many a detector finds."""

from harness.studies.mutation.making import KINDS, Mutant, MutantKind, held, mutants
from harness.studies.mutation.rewording import reworded

__all__ = ["KINDS", "Mutant", "MutantKind", "held", "mutants", "reworded"]
