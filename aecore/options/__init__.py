"""Options: each setting's alternatives as classes that validate, document and build themselves."""
