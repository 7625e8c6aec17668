"""Mappings between vocabularies: what somebody says of two concepts, who says so, and the form in which it travels."""
