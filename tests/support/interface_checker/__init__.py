"""What others read the interface documents with: Spectral, the parser of AsyncAPI, and openapi-typescript."""
