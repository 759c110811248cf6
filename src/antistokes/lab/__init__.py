"""Virtual instruments: they yield the same Datasets as :mod:`antistokes.io`, with a known truth, and write no file."""

from antistokes.lab import counterfeits, spectra, spectrometer, sphere, stages

__all__ = ["counterfeits", "spectra", "spectrometer", "sphere", "stages"]
