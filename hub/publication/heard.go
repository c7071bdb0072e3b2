package publication

import (
	"context"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/system"
	"tongbu/node/operate"
)

// count adds to each publication which devices in use have heard it, by their own
// word.
func (p *Publisher) count(ctx context.Context, all []operate.Publication) error {
	for i := range all {
		all[i].Heard = &operate.Heard{Missing: []operate.Missing{}}
	}
	for _, d := range p.city.Members.Devices() {
		if d.State != system.Active {
			continue
		}
		heard, err := p.heardBy(ctx, d.ID)
		if err != nil {
			return err
		}
		for i := range all {
			h := all[i].Heard
			if h.Of++; heard >= all[i].Version {
				h.Devices++
			} else {
				h.Missing = append(h.Missing, operate.Missing{Unit: d.Code, Device: d.ID})
			}
		}
	}
	return nil
}

// heardBy is the newest publication that a device says it has heard; 0: none.
func (p *Publisher) heardBy(ctx context.Context, d change.DeviceID) (uint64, error) {
	if d == p.city.Keys.Device() { // whatever was said last
		return p.city.Schema.Now().Version(), nil
	}
	said, err := p.view.Record(ctx, system.DeviceStateKind, change.RecordID(d))
	switch {
	case fault.Of(err) == fault.NotFound:
		return 0, nil
	case err != nil:
		return 0, fault.Wrap("read what the devices say", err)
	}
	return system.DeviceStateFrom(said).Schema, nil
}
