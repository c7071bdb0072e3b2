package identity

import (
	"context"
	"log/slog"
	"time"

	"tongbu/internal/fault"
)

const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
	// longestSleep bounds a sleep: timers stop while a computer is suspended,
	// and clocks get set.
	longestSleep = 5 * time.Minute
	// renewLeft is how much of its life a certificate has left when it is renewed.
	// It is that much so that a device or hub whose clock is two months ahead finds
	// those of the others valid.
	renewLeft = LeafLife / 6 * 5
)

// Renewer keeps a device's certificate fresh.
type Renewer struct {
	Keystore  *Keystore
	Registrar Registrar
	Log       *slog.Logger // nil: silent
}

// Run renews when a sixth of the certificate's life has passed, or at once when
// more has or the certificate is not valid yet by the clock here, until ctx is
// done; then it returns nil. A failure is logged and tried again, first after a
// minute, later every hour. It returns Invalid when the device has not joined.
func (r *Renewer) Run(ctx context.Context) error {
	if !r.Keystore.Joined() {
		return fault.New(fault.Invalid, "a device that has not joined has nothing to renew")
	}
	retry := firstRetry
	for wait := r.untilLook(); sleep(ctx, wait); {
		if wait = r.untilLook(); wait > 0 {
			retry = firstRetry
			continue
		}
		err := Renew(ctx, r.Keystore, r.Registrar)
		if ctx.Err() == nil {
			r.logOutcome(err)
		}
		wait, retry = retryDelay(err, retry), min(2*retry, lastRetry)
	}
	return nil
}

// retryDelay also follows a success, in case the clocks differ so much that the
// new certificate is due at once.
func retryDelay(err error, retry time.Duration) time.Duration {
	if fault.Of(err) == fault.Denied {
		return lastRetry
	}
	return retry
}

// untilLook is the time to the next look at the certificate, 0 when its renewal
// is due.
func (r *Renewer) untilLook() time.Duration {
	cert, now := r.Keystore.Certificate(), r.Keystore.Now()
	if now.Before(cert.NotBefore) { // the city's clock was ahead when it was issued
		return 0
	}
	return min(max(cert.NotAfter.Add(-renewLeft).Sub(now), 0), longestSleep)
}

func (r *Renewer) logOutcome(err error) {
	switch {
	case r.Log == nil:
	case err == nil:
		r.Log.Info("certificate renewed", "until", r.Keystore.Certificate().NotAfter)
	default:
		r.Log.Warn("certificate not renewed", "kind", fault.Of(err).String(), "reason", err.Error(), "until", r.Keystore.Certificate().NotAfter)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}
