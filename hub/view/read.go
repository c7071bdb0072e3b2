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
	r, _, err := m.RecordAt(ctx, kind, id)
	return r, err
}

// RecordAt implements Reader.
func (m *Merged) RecordAt(ctx context.Context, kind string, id change.RecordID) (r *merge.Record, applied uint64, err error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found, err := m.tables.Find(ctx, kind, id)
	if err != nil {
		return nil, 0, err
	}
	if found.Stored == nil {
		return nil, found.Applied, fault.New(fault.NotFound, "no such record")
	}
	s, err := parseStored(found.Stored)
	if err != nil {
		return nil, 0, err
	}
	var streams map[int64]change.Stream
	if s.form == formSingle {
		if streams, err = m.tables.Streams(ctx, s.spots[0].Stream); err != nil {
			return nil, 0, err
		}
	}
	r, err = s.record(kind, id, streams)
	return r, found.Applied, err
}

// Places implements Reader.
func (m *Merged) Places(ctx context.Context, kind string, id change.RecordID) ([]Spot, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found, err := m.tables.Find(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	short := found.Strays
	if found.Stored != nil {
		s, err := parseStored(found.Stored)
		if err != nil {
			return nil, err
		}
		short = append(short, s.spots...)
	}
	if len(short) == 0 {
		return nil, nil
	}
	streams, err := m.tables.Streams(ctx, numbersOf(short)...)
	if err != nil {
		return nil, err
	}
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
	kinds := m.schema.Kinds()
	slices.SortFunc(kinds, func(a, b *schema.Kind) int { return strings.Compare(a.Name, b.Name) })
	for _, k := range kinds {
		err := m.tables.Each(ctx, k, unit, PathOf(m.tree, unit), func(id string, raw []byte) error {
			s, err := parseStored(raw)
			if err != nil {
				return err
			}
			r, err := s.record(k.Name, change.RecordID(id), streams)
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
