package sqlite

import (
	"context"
	"slices"
	"strings"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Record implements view.Reader.
func (v *View) Record(ctx context.Context, kind string, id change.RecordID) (*merge.Record, error) {
	k := key{kind: kind, id: id}
	s, err := v.stored(ctx, k)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, fault.New(fault.NotFound, "no such record")
	}
	names, err := v.streamsAt(ctx, s.spots)
	if err != nil {
		return nil, err
	}
	return s.record(k, names.at)
}

// stored reads what is kept of a record, nil when there is none.
func (v *View) stored(ctx context.Context, k key) (s *stored, err error) {
	kind, ok := v.schema.Kind(k.kind)
	if !ok {
		return nil, nil
	}
	err = v.ask(ctx, `SELECT s.stored FROM `+tableOf(kind)+` AS r JOIN `+storedOf(kind)+` AS s ON s.no = r.no WHERE r.id = ?`, []any{string(k.id)},
		func(row *statement) error {
			var raw []byte
			err := row.scan(&raw)
			if err == nil {
				s, err = parseStored(raw)
			}
			return err
		})
	return s, err
}

// streamNames are the streams of a file by their numbers.
type streamNames map[int64]change.Stream

func (n streamNames) at(no int64) (change.Stream, error) {
	s, ok := n[no]
	if !ok {
		return s, fault.New(fault.Damaged, "a stream of the view has no name")
	}
	return s, nil
}

// streams reads all names; there are a few for each device. It is asked after
// what names them, as streams are only added.
func (v *View) streams(ctx context.Context) (streamNames, error) {
	return v.named(ctx, `SELECT no, name FROM streams`)
}

// streamsAt reads the names of some spots' streams: a record has changes of few
// devices, and a city has hundreds.
func (v *View) streamsAt(ctx context.Context, spots []spot) (streamNames, error) {
	numbers := make([]int64, 0, len(spots))
	for _, p := range spots {
		numbers = append(numbers, p.stream)
	}
	slices.Sort(numbers)
	return v.named(ctx, `SELECT no, name FROM streams WHERE no IN (SELECT value FROM json_each(?))`, list(slices.Compact(numbers)))
}

func (v *View) named(ctx context.Context, text string, args ...any) (streamNames, error) {
	names := streamNames{}
	err := v.ask(ctx, text, args, func(row *statement) error {
		var no int64
		var name string
		if err := row.scan(&no, &name); err != nil {
			return err
		}
		s, err := change.ParseStream(name)
		if err != nil {
			return fault.As(fault.Damaged, "read a stream of the view", err)
		}
		names[no] = s
		return nil
	})
	return names, err
}

// Places implements view.Reader.
func (v *View) Places(ctx context.Context, kind string, id change.RecordID) ([]view.Place, error) {
	s, err := v.stored(ctx, key{kind: kind, id: id})
	if err != nil {
		return nil, err
	}
	var spots []spot
	if s != nil {
		spots = s.spots
	}
	err = v.ask(ctx, `SELECT stream, seq FROM strays WHERE kind = ? AND id = ?`, []any{kind, string(id)}, func(row *statement) error {
		var p spot
		err := row.scan(&p.stream, &p.seq)
		spots = append(spots, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return v.places(ctx, spots)
}

// places names the spots, by the text of the stream and by sequence.
func (v *View) places(ctx context.Context, spots []spot) ([]view.Place, error) {
	names, err := v.streamsAt(ctx, spots)
	if err != nil {
		return nil, err
	}
	places := make([]view.Place, 0, len(spots))
	for _, p := range spots {
		s, err := names.at(p.stream)
		if err != nil {
			return nil, err
		}
		places = append(places, view.Place{Stream: s, Seq: uint64(p.seq)})
	}
	slices.SortFunc(places, comparePlaces)
	return slices.Compact(places), nil
}

func comparePlaces(a, b view.Place) int {
	if a.Stream == b.Stream {
		return int(int64(a.Seq) - int64(b.Seq))
	}
	return strings.Compare(a.Stream.String(), b.Stream.String())
}

// Digest implements view.Reader. It holds the view as it is: nothing is
// applied meanwhile.
func (v *View) Digest(ctx context.Context, unit change.UnitID) (change.Hash, error) {
	v.write.Lock()
	defer v.write.Unlock()
	names, err := v.streams(ctx)
	if err != nil {
		return change.Hash{}, err
	}
	digest := merge.NewDigest()
	kinds := v.schema.Kinds()
	slices.SortFunc(kinds, func(a, b *schema.Kind) int { return strings.Compare(a.Name, b.Name) })
	for _, k := range kinds {
		if err := v.digestKind(ctx, k, unit, names, digest); err != nil {
			return change.Hash{}, err
		}
	}
	return digest.Sum(), nil
}

func (v *View) digestKind(ctx context.Context, k *schema.Kind, unit change.UnitID, names streamNames, digest *merge.Digest) error {
	text, args := `SELECT r.id, s.stored FROM `+tableOf(k)+` AS r JOIN `+storedOf(k)+` AS s ON s.no = r.no`, []any{}
	if unit != "" {
		text, args = text+` WHERE r.unit = ? AND r.community = ?`, []any{string(unit), view.PathOf(v.tree, unit).Tiers[3]}
	}
	return v.ask(ctx, text+` ORDER BY r.id`, args, func(row *statement) error {
		var id string
		if err := row.scan(&id); err != nil {
			return err
		}
		s, err := parseStored(row.bytes(1)) // kept no longer than the row
		if err != nil {
			return err
		}
		r, err := s.record(key{kind: k.Name, id: change.RecordID(id)}, names.at)
		if err != nil {
			return err
		}
		return digest.Add(k.Name, r.ID(), r.Encode())
	})
}
