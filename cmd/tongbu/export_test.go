package main

// Main is the program, for tests that run it under its own name.
func Main() { main() }
