"""Physics and analysis turned round: what to build or to measure, so that a number wanted comes out."""
