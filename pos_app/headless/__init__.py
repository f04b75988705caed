"""The till for programs: JSON commands and their answers (docs/headless.md), however they reach it."""
