//go:build !windows

package service

import "context"

// Host runs the body, which calls ready once it serves. There is no Windows here that
// would host it.
func Host(ctx context.Context, _ bool, _ string, body func(ctx context.Context, ready func()) error) error {
	return body(ctx, func() {})
}
