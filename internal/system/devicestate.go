package system

import (
	"maps"

	"tongbu/internal/change"
	"tongbu/internal/merge"
)

// DeviceStateKind is the kind of the records in which each device says, in its own
// stream, what its program is and reads; a record's id is the device's.
const DeviceStateKind = "device_state"

// DeviceState is what a device says of itself.
type DeviceState struct {
	Device  change.DeviceID
	Program string  // its version, for people
	Reads   Formats // the newest that it reads
	Heard   uint64  // the newest publication of the network that it has
	// Addresses are what it has heard of where the hubs above it are, as FormatHeard
	// writes it; "": none has moved, or the program does not say.
	Addresses string
	Schema    uint64 // the newest publication of the schema that it has; 0: none, or the program does not say
	// Accounts are those of the people at it, in a change of their own; zero: nobody has
	// one, or the program does not say.
	Accounts Accounts
}

// DeviceStateFrom reads what a device says from its record.
func DeviceStateFrom(r *merge.Record) DeviceState {
	return DeviceState{Device: change.DeviceID(r.ID()), Program: r.Value("program").Text(), Reads: readFormats(r.Value), Heard: number(r.Value("heard")),
		Addresses: r.Value("addresses").Text(), Schema: number(r.Value("schema")), Accounts: AccountsFrom(r.Value)}
}

// Fields are those of the change that says it, but for the accounts.
func (s DeviceState) Fields() map[string]change.Value {
	fields := map[string]change.Value{"program": change.Text(s.Program), "heard": change.Int(int64(s.Heard))}
	if s.Addresses != "" {
		fields["addresses"] = change.Text(s.Addresses)
	}
	if s.Schema > 0 {
		fields["schema"] = change.Int(int64(s.Schema))
	}
	maps.Copy(fields, s.Reads.fields())
	return fields
}
