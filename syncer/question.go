package syncer

import "tongbu/internal/change"

// Question is a query on its way up.
type Question struct {
	Kind      string
	Filter    string // AIP-160
	OrderBy   string // AIP-132
	Select    []string
	GroupBy   string // names with commas between; empty: list
	PageSize  int    // AIP-158
	PageToken string
	Scope     change.UnitID // empty: the caller's unit

	// For the audit log of the hub that answers: the device the question comes
	// from, who asks there, and why.
	Device   change.DeviceID
	Operator string
	Purpose  string
}
