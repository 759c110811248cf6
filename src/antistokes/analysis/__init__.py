"""Datasets in, frozen results of Estimates and curves out."""
