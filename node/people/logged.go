package people

import (
	"context"
	"fmt"

	"tongbu/internal/audit"
	"tongbu/internal/fault"
	"tongbu/node/replica"
)

// deed is what stands in the audit log.
type deed struct {
	by, of  string // logins
	did     string
	outcome fault.Kind
}

// log writes a deed into the audit log; it is on the disk then.
func (p *People) log(ctx context.Context, d deed) error {
	return p.at.Lookups.Append(ctx, replica.LookUp{Entry: audit.Entry{Device: p.at.Keys.Device(), Unit: p.at.Place.Unit,
		Operator: d.by, Act: audit.Account, Account: d.of, Did: d.did, Outcome: d.outcome.String()}})
}

// logLock writes that a lock began: single tries are not logged, as there may be a
// flood. A login that nobody has is not named, since it may be a password.
func (p *People) logLock(ctx context.Context, a *account, of, from tries) error {
	d := deed{of: "?", did: fmt.Sprintf("locked: %d tries failed", of.Failed), outcome: fault.Denied}
	if a != nil {
		d.of = a.Login
	}
	if from.Key != "" {
		d.did += fmt.Sprintf(", %d from %s", from.Failed, from.Key)
	}
	return p.log(ctx, d)
}
