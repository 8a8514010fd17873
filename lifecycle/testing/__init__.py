"""For the tests of those who write definitions and plugins; needs the extra `testing`.

`lifecycle.testing.strategies` generates definitions and logs for hypothesis; `lifecycle.testing.unruly` offers criteria
that make life hard.
"""
