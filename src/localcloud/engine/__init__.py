"""Runs jobs: quota, virtual machines, tasks."""
