"""The page: its static files, and the route that serves them."""
