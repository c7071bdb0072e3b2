package system

import (
	"tongbu/internal/change"
	"tongbu/internal/merge"
)

// NetworkKind is the kind of the one record in which the city says what the
// network's devices may write: it is published to all.
const NetworkKind = "network"

// NetworkID is the id of that record.
const NetworkID change.RecordID = "network"

// Network is what the city has published for the network.
type Network struct {
	Formats
	Publication uint64 // counts what was published, from 1; 0: nothing was yet
	Zone        string // time zone, by its name, in which today is a day; "": none was published
}

// NetworkFrom reads the network's record; nil is that of a network for which
// nothing was published.
func NetworkFrom(r *merge.Record) Network {
	if r == nil {
		return Network{Formats: Before}
	}
	return Network{Formats: readFormats(r.Value), Publication: number(r.Value("publication")), Zone: r.Value("zone").Text()}
}

// Fields are those of the change that publishes it.
func (n Network) Fields() map[string]change.Value {
	fields := n.fields()
	fields["publication"] = change.Int(int64(n.Publication))
	if n.Zone != "" {
		fields["zone"] = change.Text(n.Zone)
	}
	return fields
}
