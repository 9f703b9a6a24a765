"""Figures and sentences, the same in the terminal, the app and the site."""
