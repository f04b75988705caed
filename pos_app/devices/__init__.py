"""Scanners: ports, frames and what a code means."""
