"""Nordwind Software (simulated): a made-up company whose truth is known, for trials, tests and benchmarks."""
