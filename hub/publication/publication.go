// Package publication is where the city publishes additions to the schema, and
// withdraws them: it judges a document against what is published, writes the record,
// and says who has heard of it. What a publication is and may say is in
// internal/schema/DESIGN.md.
package publication

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/internal/system"
	"tongbu/node/operate"
	"tongbu/node/replica"
	"tongbu/syncer/streams"
)

// View is what has the states of the devices.
type View interface {
	// Record returns the merged record; NotFound when there is none.
	Record(ctx context.Context, kind string, id change.RecordID) (*merge.Record, error)
}

// Publisher is the city's. It is safe for concurrent use.
type Publisher struct {
	city  *replica.Replica
	view  View
	await func(ctx context.Context, arrival uint64) error
}

// New makes the publisher of a city. await returns when the view has reached an
// arrival, or when the context ends.
func New(city *replica.Replica, view View, await func(ctx context.Context, arrival uint64) error) *Publisher {
	return &Publisher{city: city, view: view, await: await}
}

// Outcome is what became of an order to publish.
type Outcome struct {
	Version   uint64             `json:"version"` // 0: nothing was published
	Adds      []string           `json:"adds"`
	Withdraws []string           `json:"withdraws"`
	Problems  []schema.Objection `json:"problems"`
}

// Order is what is to be published: a document, or the name that is withdrawn.
type Order struct {
	Document string `json:"document,omitempty"`
	Withdraw string `json:"withdraw,omitempty"`
	Reason   string `json:"reason,omitempty"`
	Dry      bool   `json:"dry_run,omitempty"` // only said what would become of it
}

// maxReason bounds the reason of a withdrawal, in bytes: the field takes 1,000
// characters.
const maxReason = 1000

// Publish does what is ordered. What is published already, word for word, is the
// publication that it was. With problems nothing is published: a name that was never
// published is one. It returns Invalid for an order that says nothing, and Full.
func (p *Publisher) Publish(ctx context.Context, o Order) (Outcome, error) {
	switch {
	case o.Document == "" && o.Withdraw == "":
		return Outcome{}, fault.New(fault.Invalid, "the file is empty").WithHint("declare kinds, fields or codes in it")
	case o.Withdraw != "" && o.Reason == "":
		return Outcome{}, fault.New(fault.Invalid, "a withdrawal needs a reason").WithHint("say it with --reason")
	case len(o.Reason) > maxReason:
		return Outcome{}, fault.New(fault.Invalid, "the reason has more than %d bytes", maxReason)
	}
	for {
		outcome, again, err := p.publishOnce(ctx, o)
		if err != nil || !again {
			return outcome, err
		}
		if err := ctx.Err(); err != nil {
			return outcome, fault.Wrap("publish", err)
		}
	}
}

// publishOnce judges by the schema of a moment, and writes if it is still that one.
func (p *Publisher) publishOnce(ctx context.Context, o Order) (outcome Outcome, again bool, err error) {
	now := p.city.HeardNow()
	said := system.Publication{Number: nextNumber(now.All), On: p.city.Now().UnixMilli(), Document: o.Document, Withdraws: o.Withdraw, Reason: o.Reason}
	if outcome, known := published(now.All, said.ID()); known {
		return outcome, false, nil
	}
	if problems := schema.HasRoom(now.All, []byte(said.Document)); problems != nil {
		return Outcome{Adds: []string{}, Withdraws: []string{}, Problems: problems}, false, nil
	}
	if outcome, err = judge(now.Schema, said); err != nil || len(outcome.Problems) > 0 || o.Dry {
		return outcome, false, err
	}
	err = p.city.Streams.Write(ctx, func(w *streams.Writer) error {
		is, err := p.city.IsHeard(w.Tx, now)
		if again = err == nil && !is; err != nil || again {
			return err
		}
		return p.put(w, said)
	})
	if err == nil && !again {
		p.city.Log.Info("an addition to the schema is published", "number", said.Number, "adds", len(outcome.Adds), "withdraws", len(outcome.Withdraws))
	}
	return outcome, again, fault.Wrap("publish", err)
}

func judge(s *schema.Schema, said system.Publication) (Outcome, error) {
	outcome := Outcome{Version: said.Number, Adds: []string{}, Withdraws: []string{}, Problems: []schema.Objection{}}
	if said.Withdraws != "" {
		outcome.Withdraws = []string{said.Withdraws}
		_, err := s.Withdraw(said.Number, said.Withdraws)
		if fault.Of(err) != fault.NotFound {
			return outcome, err
		}
		outcome.Version, outcome.Withdraws, outcome.Problems = 0, []string{}, []schema.Objection{{Rule: "unknown", Message: err.Error()}}
		return outcome, nil
	}
	_, adds, problems := s.Publish(said.Number, []byte(said.Document))
	if problems != nil {
		outcome.Version, outcome.Problems = 0, problems
		return outcome, nil
	}
	outcome.Adds = adds
	return outcome, nil
}

// published is what became of a publication when it was published.
func published(all []schema.Heard, id change.RecordID) (Outcome, bool) {
	for _, h := range all {
		if h.ID == string(id) {
			return Outcome{Version: h.Number, Adds: notNil(h.Adds), Withdraws: withdraws(h), Problems: notNil(h.Problems)}, true
		}
	}
	return Outcome{}, false
}

func nextNumber(all []schema.Heard) uint64 {
	if len(all) == 0 {
		return 1
	}
	return all[len(all)-1].Number + 1
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func withdraws(h schema.Heard) []string {
	if h.Withdraws == "" {
		return []string{}
	}
	return []string{h.Withdraws}
}

func (p *Publisher) put(w *streams.Writer, said system.Publication) error {
	unit := p.city.Members.Unit().ID
	own, err := w.Own(unit)
	if err != nil {
		return err
	}
	edit := records.Edit{Kind: system.PublicationKind, ID: said.ID(), Fields: said.Fields(), Actor: "city", At: said.On}
	if _, err = p.city.Records.Put(w.Tx, own, unit, edit); err != nil {
		return err
	}
	return replica.TouchSchema(w.Tx)
}

// List is what the city has published, with who has heard it.
func (p *Publisher) List(ctx context.Context) ([]operate.Publication, error) {
	all, err := operate.PublicationsOf(p.city)
	if err != nil || len(all) == 0 {
		return all, err
	}
	var last uint64
	err = p.city.Streams.View(func(tx *journal.Tx) error {
		last = tx.LastArrival()
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := p.await(ctx, last); err != nil {
		return nil, fault.Wrap("wait for the view", err)
	}
	return all, p.count(ctx, all)
}
