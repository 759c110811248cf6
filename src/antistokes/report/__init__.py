"""What a study found, for people: figures, one self-contained page, a few lines in the terminal. Computes nothing."""
