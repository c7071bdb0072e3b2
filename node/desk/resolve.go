package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/merge"
	"tongbu/internal/records"
	"tongbu/internal/schema"
	"tongbu/syncer/streams"
)

// Resolution is what people choose of values side by side.
type Resolution struct {
	Version string   `json:"version"` // that Conflicts showed
	Choices []string `json:"choices"` // FIELD#N takes value N, FIELD=VALUE another one
	Reason  string   `json:"reason,omitempty"`
}

// Resolved is the answer to a Resolution: one of the two.
type Resolved struct {
	Written *Written  `json:"written,omitempty"`
	Stale   *Disputed `json:"stale,omitempty"` // the record has changed since: the list as it is now, and nothing was written
}

// Resolve writes one change that covers all values that stood side by side at the
// version. It returns Invalid for a version or a choice that is none, NotFound for a
// record that is not here, and the errors of Put.
func (d *Desk) Resolve(ctx context.Context, kind string, id change.RecordID, r Resolution, by Asker) (answer Resolved, err error) {
	if err := d.Room(); err != nil {
		return answer, err
	}
	k, err := d.writableKind(kind)
	if err != nil {
		return answer, err
	}
	s := resolver{saver: &saver{Desk: d, kind: k, how: Saving{Actor: by.Operator}}, r: r}
	err = d.at.Streams.Write(ctx, func(w *streams.Writer) (err error) {
		answer, err = s.resolve(w, id)
		return err
	})
	if err != nil || answer.Stale == nil {
		return answer, fault.Wrap("resolve", err)
	}
	return answer, d.tellDisputed(ctx, []*Disputed{answer.Stale}, by, func(*Disputed) error { return nil })
}

type resolver struct {
	*saver
	r Resolution
}

func (s resolver) resolve(w *streams.Writer, id change.RecordID) (answer Resolved, err error) {
	name, err := s.nameOf(w.Tx, s.kind.Name, id)
	if err != nil {
		return answer, err
	}
	rec, err := s.at.Records.Get(w.Tx, s.kind.Name, name)
	if err == nil && rec == nil {
		err = fault.New(fault.NotFound, "no such %s here", s.kind.Name)
	}
	if err != nil {
		return answer, err
	}
	read, err := change.ParseVersion(s.r.Version, s.kind.Name, name)
	if err != nil {
		return answer, err
	}
	listed, err := s.showDisputed(w.Tx, s.kind, rec)
	if err != nil {
		return answer, err
	}
	if !maps.Equal(read, rec.Context()) {
		return Resolved{Stale: listed}, nil
	}
	if err := chosenByHand(s.kind, s.r.Choices); err != nil {
		return answer, err
	}
	drawn, err := s.choose(w.Tx, listed, rec)
	if err != nil {
		return answer, err
	}
	return s.writeChoice(w, rec, drawn)
}

func (s resolver) writeChoice(w *streams.Writer, rec *merge.Record, drawn draft) (answer Resolved, err error) {
	holder, _ := rec.ID().Maker()
	if err = access.Edit(s.at.Members.Unit().ID, s.at.Place.RootUnit, s.at.Members.Heir(cmp.Or(rec.Holder(), holder))); err != nil {
		return answer, err
	}
	if drawn.audience, err = s.audienceOf(s.kind, drawn.whole); err != nil {
		return answer, err
	}
	own, err := w.Own(drawn.audience)
	if err != nil {
		return answer, err
	}
	edit := records.Edit{Kind: s.kind.Name, ID: rec.ID(), Fields: drawn.values, Actor: s.how.Actor, At: s.at.Now().UnixMilli()}
	seq, now, err := s.at.Records.Write(w.Tx, own, s.at.Members.Unit().ID, edit)
	if err != nil {
		return answer, err
	}
	return Resolved{Written: &Written{ID: rec.ID(), Seq: seq, Result: Changed, Version: versionOf(now)}}, nil
}

// choose reads the choices and checks the record as it will be.
func (s resolver) choose(tx *journal.Tx, listed *Disputed, rec *merge.Record) (drawn draft, err error) {
	drawn = draft{values: map[string]change.Value{}, whole: rec.Values(), known: rec}
	if len(s.r.Choices) == 0 {
		return drawn, badChoice("nothing is chosen")
	}
	for _, text := range s.r.Choices {
		field, value, err := s.parseChoice(tx, listed, text)
		if err != nil {
			return drawn, err
		}
		if _, twice := drawn.values[field]; twice {
			return drawn, badChoice("field %s is chosen twice", field)
		}
		drawn.values[field] = value
	}
	if s.r.Reason != "" {
		if drawn.values[merge.VoidField].Text() != "0" {
			return drawn, badChoice("a reason is kept with a void only")
		}
		drawn.values[schema.VoidReason] = change.Text(s.r.Reason)
	}
	if drawn.values[merge.VoidField].Text() == "0" && !drawn.whole[schema.VoidReason].IsNull() && s.r.Reason == "" {
		drawn.values[schema.VoidReason] = drawn.whole[schema.VoidReason]
	}
	if err := drawn.judgeVoid(false); err != nil {
		return drawn, err
	}
	maps.Copy(drawn.whole, drawn.values)
	day, _, err := s.at.Today(tx)
	if err != nil {
		return drawn, err
	}
	return drawn, schema.Refusal(day.Check(s.kind, drawn.whole))
}

// parseChoice reads FIELD#N or FIELD=VALUE.
func (s resolver) parseChoice(tx *journal.Tx, listed *Disputed, text string) (field string, value change.Value, err error) {
	at := strings.IndexAny(text, "#=")
	if at <= 0 {
		return "", "", badChoice("a choice is FIELD#N or FIELD=VALUE")
	}
	f, ok := s.kind.Field(text[:at])
	if !ok {
		return "", "", badChoice("a field is named that %s does not have", s.kind.Name)
	}
	for _, disputed := range listed.Fields {
		if disputed.Field != f.Name {
			continue
		}
		if text[at] == '=' {
			value, err = s.parseValue(tx, f, text[at+1:])
			return f.Name, value, err
		}
		n, err := strconv.Atoi(text[at+1:])
		if err != nil || n < 1 || n > len(disputed.Values) {
			return "", "", badChoice("field %s has no value of this number", f.Name)
		}
		return f.Name, disputed.Values[n-1].value, nil
	}
	return "", "", badChoice("field %s has no values side by side", f.Name)
}

func badChoice(format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).WithHint("see tongbu conflicts; choose as in phone#2 or phone=0714-100000")
}

// parseValue reads a value from the command line.
func (s resolver) parseValue(tx *journal.Tx, f *schema.Field, text string) (change.Value, error) {
	object := map[string]any{f.Name: typedValue(f, text)}
	if err := s.resolveUnits(s.kind, object); err != nil {
		return "", err
	}
	if err := s.resolveRefs(tx, s.kind, object); err != nil {
		return "", err
	}
	values, err := s.kind.Parse(object)
	return values[f.Name], err
}

func typedValue(f *schema.Field, text string) any {
	switch {
	case text == "":
		return nil
	case f.Type.IsNumber():
		return json.Number(text)
	case f.Type == schema.Boolean && (text == "true" || text == "false"):
		return text == "true"
	case f.Type == schema.Codes:
		var items []any
		for _, item := range strings.Split(text, ",") {
			items = append(items, item)
		}
		return items
	}
	return text
}
