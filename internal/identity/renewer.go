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
	longestSleep = time.Hour
)

// Renewer keeps a device's certificate fresh.
type Renewer struct {
	Keystore  *Keystore
	Registrar Registrar
	Log       *slog.Logger // nil: silent
}

// Run renews when a third of the certificate's life is left, or at once when
// less is, until ctx is done; then it returns nil. A failure is logged and
// tried again, first after a minute, later every hour. It returns Invalid
// when the device has not joined.
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
	due := Due(r.Keystore.Certificate().NotBefore, r.Keystore.Certificate().NotAfter)
	return min(max(due.Sub(r.Keystore.Now()), 0), longestSleep)
}

// Due is when a certificate is to be renewed: with a third of its life left.
func Due(notBefore, notAfter time.Time) time.Time {
	return notAfter.Add(-notAfter.Sub(notBefore) / 3)
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
