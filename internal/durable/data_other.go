//go:build !linux

package durable

import "os"

// SyncData makes the bytes of a file durable, and its size.
func SyncData(f *os.File) error { return f.Sync() }
