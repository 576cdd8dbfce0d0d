"""Plays the containers of a virtual machine."""
