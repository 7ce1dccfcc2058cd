"""Where chance comes from: one generator for each stage, made from the seed and the stage's name and nothing else."""

from __future__ import annotations

from zlib import crc32

from numpy.random import PCG64, Generator, SeedSequence


def generator(seed: int, stage: str, part: int = 0) -> Generator:
    """The generator of a stage (a constant name), and of one part of it; adding a stage moves no other."""
    return Generator(PCG64(SeedSequence([seed, crc32(stage.encode("ascii")), part])))
