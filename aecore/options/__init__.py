"""Options: one option of one setting as a class that validates, documents and builds itself."""
