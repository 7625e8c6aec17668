"""The registry of plugs: lazy, and clear about what is missing."""

from __future__ import annotations

import pytest

from ontology.errors import SettingsError
from ontology.registry import Registry


def test_a_plug_is_imported_only_when_asked_for() -> None:
    plugs: Registry[type] = Registry("thing", {"fine": "fractions:Fraction", "broken": "no_such_module_here:X"})
    assert plugs.names() == ["broken", "fine"]
    assert list(plugs) == plugs.names()
    assert plugs.get("fine").__name__ == "Fraction"
    with pytest.raises(SettingsError, match=r"broken.*no_such_module_here") as caught:
        plugs.get("broken")
    assert "install" in caught.value.hint


def test_an_unknown_name_lists_the_known_ones() -> None:
    plugs: Registry[type] = Registry("thing", {"fine": "fractions:Fraction"})
    with pytest.raises(SettingsError, match="no thing is called 'other'") as caught:
        plugs.get("other")
    assert "fine" in caught.value.hint
