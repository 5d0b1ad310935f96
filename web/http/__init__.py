"""What every HTTP request passes: limits, tokens, headers, caching, parameters, problems."""
