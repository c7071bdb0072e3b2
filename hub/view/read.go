package view

import (
	"context"
	"slices"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/merge"
	"tongbu/internal/schema"
)

// Record implements Reader.
func (m *Merged) Record(ctx context.Context, kind string, id change.RecordID) (*merge.Record, error) {
	s, err := m.Snapshot(ctx, kind, id)
	if err == nil && s.Record == nil {
		err = fault.New(fault.NotFound, "no such record")
	}
	return s.Record, err
}

// Places implements Reader.
func (m *Merged) Places(ctx context.Context, kind string, id change.RecordID) ([]Spot, error) {
	s, err := m.Snapshot(ctx, kind, id)
	return s.Spots, err
}

// Snapshot implements Reader.
func (m *Merged) Snapshot(ctx context.Context, kind string, id change.RecordID) (s Snapshot, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found, err := m.tables.Find(ctx, kind, id)
	if err != nil {
		return s, err
	}
	s.Applied = found.Applied
	spots, kept := found.Strays, stored{}
	if found.There() {
		if kept, err = m.layouts[kind].parse(&found.Held); err != nil {
			return s, err
		}
		spots = append(spots, kept.spots...)
	}
	if len(spots) == 0 {
		return s, nil
	}
	streams, err := m.tables.Streams(ctx, numbersOf(spots)...)
	if err != nil {
		return s, err
	}
	if found.There() {
		if s.Record, err = kept.record(kind, id, streams); err != nil {
			return s, err
		}
		s.Record.SetHolder(m.holdings.Load().of(kind, id).To())
		s.To = m.orderTo(s.Record)
	}
	if s.Spots, err = longSpots(spots, streams); err == nil {
		s.Spots, err = m.withoutStrangers(kind, id, s.Spots)
	}
	return s, err
}

// longSpots are the spots with the streams themselves, in the order of Places.
func longSpots(short []ShortSpot, streams map[int64]change.Stream) ([]Spot, error) {
	spots := make([]Spot, 0, len(short))
	for _, p := range short {
		s, named := streams[p.Stream]
		if !named {
			return nil, fault.New(fault.Damaged, "a stream of the view has no name")
		}
		spots = append(spots, Spot{Stream: s, Seq: uint64(p.Seq)})
	}
	slices.SortFunc(spots, compareSpots)
	return slices.Compact(spots), nil
}

// Holder implements Reader.
func (m *Merged) Holder(kind string, id change.RecordID) change.UnitID {
	return m.holdings.Load().of(kind, id).To()
}

// Digest implements Reader. Nothing is applied meanwhile.
func (m *Merged) Digest(ctx context.Context, unit change.UnitID) (change.Hash, error) {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	streams, err := m.tables.Streams(ctx)
	if err != nil {
		return change.Hash{}, err
	}
	digest := merge.NewDigest()
	kinds := slices.DeleteFunc(m.schema.Kinds(), func(k *schema.Kind) bool { return k.Sort == schema.Derived })
	slices.SortFunc(kinds, func(a, b *schema.Kind) int { return strings.Compare(a.Name, b.Name) })
	for _, k := range kinds {
		err := m.tables.Each(ctx, k, unit, func(h Held) error {
			s, err := m.layouts[k.Name].parse(&h)
			if err != nil {
				return err
			}
			r, err := s.record(k.Name, h.ID, streams)
			if err != nil {
				return err
			}
			return digest.Add(k.Name, r.ID(), r.Encode())
		})
		if err != nil {
			return change.Hash{}, err
		}
	}
	return digest.Sum(), nil
}
