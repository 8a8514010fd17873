"""The tests. Helpers that several test files need are imported as `tests.NAME`."""
