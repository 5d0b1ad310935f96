"""Tests of the page in one browser, which ends with the last of them: a package, so that a fixture can have its scope."""
