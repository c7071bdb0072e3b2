package operate

import (
	"strings"
	"time"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/internal/today"
	"tongbu/node/replica"
)

// Publication is what the city has published of the schema at one time.
type Publication struct {
	Version   uint64             `json:"version"`
	On        string             `json:"on"`   // day of the network
	Adds      []string           `json:"adds"` // by the names under which it is withdrawn
	Withdraws []string           `json:"withdraws"`
	Reason    string             `json:"reason,omitempty"`   // of a withdrawal
	Problems  []schema.Objection `json:"problems,omitempty"` // it is left out here, for these
	Document  string             `json:"document,omitempty"` // where it is asked for
	Heard     *Heard             `json:"heard,omitempty"`    // at the city alone
	ID        string             `json:"id,omitempty"`       // where the document is asked for
}

// Heard says how many of the devices in use have heard a publication.
type Heard struct {
	Devices int       `json:"devices"`
	Of      int       `json:"of"`
	Missing []Missing `json:"missing"`
}

// Missing is a device that has not.
type Missing struct {
	Unit   string          `json:"unit"` // division code
	Device change.DeviceID `json:"device"`
}

// Publications lists what the city has published, as far as it has come here.
func (o *Operate) Publications() ([]Publication, error) { return PublicationsOf(o.at) }

// PublicationsOf is Publications of a directory.
func PublicationsOf(r *replica.Replica) ([]Publication, error) {
	zone, err := zoneOf(r)
	all := []Publication{}
	for _, h := range r.HeardNow().All {
		all = append(all, publicationOf(h, zone))
	}
	return all, err
}

// Documents is Publications with all that a schema is made of.
func (o *Operate) Documents() ([]Publication, error) {
	zone, err := zoneOf(o.at)
	all := []Publication{}
	for _, h := range o.at.HeardNow().All {
		p := publicationOf(h, zone)
		p.Document, p.ID = string(h.Document), h.ID
		all = append(all, p)
	}
	return all, err
}

// SchemaOf is the schema of a directory whose publications are these, as Documents
// gives them.
func SchemaOf(all []Publication) (*schema.Schema, error) {
	s, err := schema.Load()
	if err != nil {
		return nil, err
	}
	said := make([]schema.Publication, len(all))
	for i, p := range all {
		said[i] = schema.Publication{Number: p.Version, ID: p.ID, Document: []byte(p.Document), Withdraws: strings.Join(p.Withdraws, "")}
	}
	s, _ = s.Hear(said)
	return s, nil
}

func publicationOf(h schema.Heard, zone *time.Location) Publication {
	p := Publication{Version: h.Number, On: time.UnixMilli(h.On).In(zone).Format(time.DateOnly), Adds: []string{}, Withdraws: []string{}, Reason: h.Reason, Problems: h.Problems}
	p.Adds = append(p.Adds, h.Adds...)
	if h.Withdraws != "" {
		p.Withdraws = append(p.Withdraws, h.Withdraws)
	}
	return p
}

// zoneOf is the time zone in which the network's days are.
func zoneOf(r *replica.Replica) (zone *time.Location, err error) {
	zone = time.UTC
	err = r.Journal.View(func(tx *journal.Tx) error {
		n, err := r.Network(tx)
		if err == nil {
			zone, err = today.Zone(n.Zone)
		}
		return err
	})
	if err != nil {
		return time.UTC, fault.Wrap("read the time zone", err)
	}
	return zone, nil
}

// SchemaStatus is what was heard of the schema here.
type SchemaStatus struct {
	Version uint64    `json:"version"`            // number of the newest publication; 0: none
	LeftOut []LeftOut `json:"left_out,omitempty"` // publications that this program does not take
}

// LeftOut is one of them.
type LeftOut struct {
	Version uint64 `json:"version"`
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

func (o *Operate) schemaStatus() SchemaStatus {
	now := o.at.HeardNow()
	s := SchemaStatus{Version: now.Schema.Version()}
	for _, h := range now.All {
		if len(h.Problems) > 0 {
			s.LeftOut = append(s.LeftOut, LeftOut{Version: h.Number, Rule: h.Problems[0].Rule, Message: h.Problems[0].Message})
		}
	}
	return s
}
