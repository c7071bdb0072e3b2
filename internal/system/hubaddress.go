package system

import (
	"fmt"
	"strconv"
	"strings"

	"tongbu/internal/change"
)

// HubAddressKind is the kind of the records in which each hub says, in its own
// stream to its unit, where it is reached; a record's id is the hub's device.
const HubAddressKind = "hub_address"

// HubAddress is where a hub is reached, as HOST:PORT.
type HubAddress struct {
	Address string `json:"address"`        // its gRPC
	Web     string `json:"web,omitempty"`  // its HTTPS; empty: not told
	Door    string `json:"door,omitempty"` // its renewal; empty: not told
}

// HubAddressFrom reads what a hub says of itself from the fields of a change.
func HubAddressFrom(fields change.Fields) HubAddress {
	return HubAddress{Address: fields.Get("address").Text(), Web: fields.Get("web").Text(), Door: fields.Get("door").Text()}
}

// Fields are those of the change that says it: all of them, so that what is told no
// more replaces what was.
func (a HubAddress) Fields() map[string]change.Value {
	return map[string]change.Value{"address": change.Text(a.Address), "web": change.Text(a.Web), "door": change.Text(a.Door)}
}

// HeardHub is how far a device has heard a hub on where the hub is.
type HeardHub struct {
	Hub         change.DeviceID
	Incarnation uint32
	Seq         uint64
}

// maxHeard bounds how many hubs a device names; more stand above it only while hubs
// are replaced.
const maxHeard = 16

// FormatHeard is the marks as one text, as device=incarnation.place.
func FormatHeard(marks []HeardHub) string {
	var parts []string
	for _, m := range marks[:min(len(marks), maxHeard)] {
		parts = append(parts, fmt.Sprintf("%s=%d.%d", m.Hub, m.Incarnation, m.Seq))
	}
	return strings.Join(parts, " ")
}

// CoveredBy reports whether marks as FormatHeard writes them reach at least as far as
// one; what cannot be read does not.
func (m HeardHub) CoveredBy(marks string) bool {
	for part := range strings.FieldsSeq(marks) {
		hub, at, _ := strings.Cut(part, "=")
		incarnation, seq, _ := strings.Cut(at, ".")
		i, err1 := strconv.ParseUint(incarnation, 10, 32)
		n, err2 := strconv.ParseUint(seq, 10, 64)
		if hub == string(m.Hub) && err1 == nil && err2 == nil {
			return i > uint64(m.Incarnation) || i == uint64(m.Incarnation) && n >= m.Seq
		}
	}
	return false
}
