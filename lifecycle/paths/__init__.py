"""The simple paths through a definition, with the facts that each step needs and the roles that have to ask.

For instance, of the ten shortest:

    from lifecycle import load
    from lifecycle.paths import Walker, ends_of, simple_paths

    rules = load("b2b")
    walker = Walker(rules)
    for path in simple_paths(rules, ends_of(rules), most=10).paths:
        print([(stride.day, stride.transition.trigger, stride.facts) for stride in walker.walk(path).strides])
"""

from __future__ import annotations

from lifecycle.paths.facts import Fact
from lifecycle.paths.simple import Paths, ends_of, simple_paths
from lifecycle.paths.walking import Stride, Walk, Walker
from lifecycle.paths.writing import cases_toml, fact_text, name_of, toml_value

__all__ = [
    "Fact",
    "Paths",
    "Stride",
    "Walk",
    "Walker",
    "cases_toml",
    "ends_of",
    "fact_text",
    "name_of",
    "simple_paths",
    "toml_value",
]
