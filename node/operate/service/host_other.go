//go:build !windows

package service

import "context"

// Host runs the body, which calls ready once it serves.
func Host(ctx context.Context, _ string, body func(ctx context.Context, ready func()) error) error {
	return body(ctx, func() {})
}

// Hosted reports whether Windows runs this process as a service: it has no console.
func Hosted() bool { return false }
