"""From a finished upload to a CloudEvent at the function."""
