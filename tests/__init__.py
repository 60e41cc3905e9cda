"""The tests: flat, one file a module, real parts with fakes only at the wire."""
