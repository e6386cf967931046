//go:build !linux

package main

import "errors"

func evict(string) error { return errors.New("-evict is for Linux only") }
