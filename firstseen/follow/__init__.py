"""Polls feeds beside the workers: sends new rows, revises changed rows, withdraws deleted ones."""
