"""Tools with which others read the interface documents: Spectral, the parser of AsyncAPI, and openapi-typescript."""
