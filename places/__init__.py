"""Places as written -> a country, possibly with a doubt, or suggestions. It reads only its own packaged data."""
