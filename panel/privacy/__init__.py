"""Privacy: taking out what is kept about a person, erasing it, and forgetting what has been kept long enough."""
