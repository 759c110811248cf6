"""The response of the spectrometer in the report: what the lamp emits, what was counted of it, and their ratio."""

from __future__ import annotations

import numpy as np

from antistokes.report.panel import Axis, Curve, Panel
from antistokes.report.view import View, series, span
from antistokes.verdict.study import Study


def response(v: View) -> Panel | None:
    """Return the figure of a calibration: what the lamp emits, what was counted of it, and their ratio."""
    c = v.study.calibration
    if c is None:
        return None
    wavelength, ratio, counts, light = series(c.curves, "wavelength", "response", "lamp_counts", "lamp_light")
    noise, modes = series(c.curves, "response_sd", "response_modes")
    sd = ratio * np.hypot(noise, np.sqrt(np.sum(modes**2, axis=0)))
    top = float(max(1.0, (ratio + sd).max()))
    return Panel(
        key="response",
        title="Response of the spectrometer",
        caption=(
            f"Counts of the lamp ({c.lamp}) over its light in photons per nm, each scaled to its maximum; the counts "
            f"of the emission were divided by it. {_light(v.study)} Band: ± 1 s.d., from the noise of the lamp and the "
            f"uncertainty of its light; at most {100 * (sd / ratio).max():.2g} % of the response."
        ),
        x=Axis(name=f"Wavelength in {c.medium}", unit="nm", show=span(wavelength)),
        y=Axis(name="Response, counts and light", unit="scaled to 1", show=(-0.03, 1.06 * top)),
        curves=(
            Curve(name="lamp as counted", x=wavelength, y=counts / counts.max(), style="points", role="reference"),
            Curve(name=f"lamp's light, {_account(v.study)}", x=wavelength, y=light, style="dashed", role="emission"),
            Curve(
                name="response", x=wavelength, y=ratio, low=ratio - sd, high=ratio + sd, band="± 1 s.d.", role="result"
            ),
        ),
    )


def _account(study: Study) -> str:
    source = study.config.calibration
    kelvin = None if source is None else source.colour_temperature_k
    return "certificate" if kelvin is None else f"Planck at {kelvin:g} K"


def _light(study: Study) -> str:
    source = study.config.calibration
    if source is None or source.certificate is None:
        return "Its light is that of a black body of its colour temperature."
    return f"Its light is interpolated from {source.certificate.file}."
