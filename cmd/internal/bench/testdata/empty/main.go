// Empty is the Go program that does nothing: what every other program is
// measured beside.
package main

func main() {}
