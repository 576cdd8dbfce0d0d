"""Notices to people and programs: a run began, ended or failed, an upload was refused.

`records` says what a notice is, `channels` where an installation wants them, `messages` how they
read; `sending.send` sends each of them once.
"""
