"""The documentation. A package only so that `python -m docs.generate` finds this folder and no other."""
