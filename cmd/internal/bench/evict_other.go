//go:build !linux

package bench

import "errors"

func evict(string) error { return errors.New("-evict is for Linux only") }
