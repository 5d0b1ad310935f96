"""The layers that every request passes: host check, read token, rate limit, headers, caching, parameters, errors."""
