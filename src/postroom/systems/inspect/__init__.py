"""Inspect: what a mailroom does first with a pile. What each is, is it sound, what does it say."""
