"""Rules as their authors write them: what goes wrong in them, and a new one to start from."""
