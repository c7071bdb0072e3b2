package system

import (
	"encoding/base64"

	"tongbu/internal/change"
	"tongbu/internal/merge"
	"tongbu/internal/tree"
)

// DeviceKind is the kind of the devices that the city admitted; a record's id
// is the device's.
const DeviceKind = "device"

// Active and Revoked are the states of a device.
const (
	Active  = "active"
	Revoked = "revoked"
)

// Device is an installation, as the city says it is.
type Device struct {
	ID       change.DeviceID
	Unit     change.UnitID
	Level    tree.Level
	Key      []byte // Ed25519, public; nil when the record's cannot be read
	Name     string
	Address  string // host:port of a hub's gRPC
	Web      string // host:port of a hub's HTTPS
	Door     string // host:port of a hub's renewal
	Enrolled int64  // Unix milliseconds
	State    string
}

// DeviceFrom reads a device from its record.
func DeviceFrom(r *merge.Record) Device {
	key, err := base64.StdEncoding.DecodeString(r.Value("key").Text())
	if err != nil {
		key = nil
	}
	return Device{ID: change.DeviceID(r.ID()), Unit: change.UnitID(r.Value("unit").Text()), Level: tree.Level(r.Value("role").Int()), Key: key,
		Name: r.Value("name").Text(), Address: r.Value("address").Text(), Web: r.Value("web").Text(), Door: r.Value("door").Text(),
		Enrolled: r.Value("enrolled").Int(), State: r.Value("state").Text()}
}

// Fields are those of the device's record. One that renews from a port of its
// own names it; the others' record stays as older builds wrote it.
func (d Device) Fields() map[string]change.Value {
	fields := map[string]change.Value{
		"unit": change.Text(string(d.Unit)), "key": change.Text(base64.StdEncoding.EncodeToString(d.Key)), "role": change.Int(int64(d.Level)),
		"address": change.Text(d.Address), "web": change.Text(d.Web), "name": change.Text(d.Name),
		"state": change.Text(d.State), "enrolled": change.Int(d.Enrolled),
	}
	if d.Door != "" {
		fields["door"] = change.Text(d.Door)
	}
	return fields
}

// Revocation are the fields of the change that ends a device's rights.
func Revocation(reason string) map[string]change.Value {
	return map[string]change.Value{"state": change.Text(Revoked), "reason": change.Text(reason)}
}
