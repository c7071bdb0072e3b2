package replica

import "context"

// KeepReserve is the task that keeps the reserve.
func (s *Replica) KeepReserve(ctx context.Context) error { return s.Space.keepReserve(ctx) }

// Release gives the reserve away.
func (s *Space) Release() { s.release() }
