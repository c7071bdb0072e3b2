package station

import "context"

// KeepReserve is the task that keeps the reserve.
func (s *Station) KeepReserve(ctx context.Context) error { return s.reserve.keep(ctx) }
