"""The images of rules: locked by digest, checked, and mirrored into registries of one's own."""
