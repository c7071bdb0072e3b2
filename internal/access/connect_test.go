package access_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongbu/internal/access"
	"tongbu/internal/change"
	"tongbu/internal/fault"
)

func TestConnect(t *testing.T) {
	for name, test := range map[string]struct {
		hub, unit        change.UnitID
		revoked, expired bool
		want             string
	}{
		"a community with its street":      {hub: street, unit: first},
		"a community with the city":        {hub: city, unit: first},
		"a street with the city":           {hub: city, unit: other},
		"a device of the hub's own unit":   {hub: street, unit: street, want: "is not below this hub"},
		"a community of another street":    {hub: other, unit: first, want: "is not below this hub"},
		"a unit above":                     {hub: street, unit: city, want: "is not below this hub"},
		"a unit nobody knows":              {hub: city, unit: stranger, want: "is not below this hub"},
		"a revoked device":                 {hub: street, unit: first, revoked: true, want: "is revoked"},
		"an expired certificate":           {hub: street, unit: first, expired: true, want: "has expired"},
		"a revoked device of another unit": {hub: other, unit: first, revoked: true, want: "is not below this hub"},
	} {
		t.Run(name, func(t *testing.T) {
			who := access.Party{Unit: test.unit, Device: device, Revoked: test.revoked, Expired: test.expired}
			wantError(t, access.Connect(town, test.hub, who), test.want)
		})
	}
	if err := access.Connect(nil, street, access.Party{Unit: first}); fault.Of(err) != fault.Unavailable {
		t.Errorf("before the tree has come: want Unavailable, got %v", err)
	}
}

func TestServe(t *testing.T) {
	for name, test := range map[string]struct {
		hub, unit change.UnitID
		revoked   bool
		want      string
	}{
		"the street":             {hub: street, unit: first},
		"the city":               {hub: city, unit: first},
		"its own unit":           {hub: first, unit: first, want: "is not above this unit"},
		"another street":         {hub: other, unit: first, want: "is not above this unit"},
		"a unit below":           {hub: first, unit: street, want: "is not above this unit"},
		"a hub that was revoked": {hub: street, unit: first, revoked: true, want: "was revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, access.Serve(town, test.unit, access.Party{Unit: test.hub, Device: device, Revoked: test.revoked}), test.want)
		})
	}
}

func TestLinked(t *testing.T) {
	for name, test := range map[string]struct {
		sender           change.UnitID
		parent           bool
		revoked, expired bool
		want             string
	}{
		"a child":                    {sender: first},
		"the parent":                 {sender: city, parent: true},
		"a child that moved away":    {sender: other, want: "today"},
		"a parent that was moved":    {sender: other, parent: true, want: "today"},
		"a child as a parent":        {sender: first, parent: true, want: "today"},
		"a parent as a child":        {sender: city, want: "today"},
		"its own unit":               {sender: street, want: "today"},
		"its own unit as a parent":   {sender: street, parent: true, want: "today"},
		"a revoked child":            {sender: first, revoked: true, want: "is revoked"},
		"a certificate that ran out": {sender: first, expired: true, want: "has expired"},
	} {
		t.Run(name, func(t *testing.T) {
			sender := access.Party{Unit: test.sender, Device: device, Revoked: test.revoked, Expired: test.expired}
			wantError(t, access.Linked(town, street, sender, test.parent), test.want)
		})
	}
}

// TestBothEndsAgree: who may connect to a hub is who the hub may serve, and both
// ends judge their open link alike.
func TestBothEndsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWood(t)
		upper, lower := w.draw(t, "upper"), w.draw(t, "lower")
		want := upper != lower && w.under(upper, lower)
		top, below := access.Party{Unit: upper, Device: device}, access.Party{Unit: lower, Device: device}
		for name, err := range map[string]error{
			"Connect": access.Connect(w, upper, below), "Serve": access.Serve(w, lower, top), "CarryTo": access.CarryTo(w, upper, lower),
			"Linked above": access.Linked(w, upper, below, false), "Linked below": access.Linked(w, lower, top, true),
		} {
			if got := err == nil; got != want {
				t.Errorf("%s: got %v, want %v", name, err, want)
			}
		}
	})
}

func TestCarry(t *testing.T) {
	for name, test := range map[string]struct {
		writer, to change.UnitID
		revoked    bool
		above      bool
		want       string
	}{
		"up from a community":           {writer: first},
		"down from the city":            {writer: city, to: street, above: true},
		"down to one below":             {writer: city, to: first, above: true},
		"down to another":               {writer: city, to: other, want: "for another unit"},
		"up, but for somebody":          {writer: first, to: street, want: "for another unit"},
		"down, but for nobody":          {writer: city, want: "for another unit"},
		"from its own unit":             {writer: street, want: "neither above nor below"},
		"from beside":                   {writer: other, want: "neither above nor below"},
		"from a unit nobody knows":      {writer: stranger, want: "neither above nor below"},
		"from a device that is revoked": {writer: first, revoked: true, want: "which wrote the file, is revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			writer := access.Party{Unit: test.writer, Device: device, Revoked: test.revoked, Expired: true}
			above, err := access.CarryFrom(town, street, writer, test.to)
			wantError(t, err, test.want)
			if above != test.above {
				t.Errorf("want above %v, got %v", test.above, above)
			}
		})
	}
	wantError(t, access.CarryTo(town, street, first), "")
	wantError(t, access.CarryTo(town, street, street), "not below this one")
	wantError(t, access.CarryTo(town, street, other), "not below this one")
}

// TestCarryReader: a file is for those who would take it in, and for nobody else.
func TestCarryReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWood(t)
		writer, reader, to := w.draw(t, "writer"), w.draw(t, "reader"), change.UnitID("")
		if rapid.Bool().Draw(t, "down") {
			if to = w.draw(t, "to"); access.CarryTo(w, writer, to) != nil {
				t.Skip("not below the writer")
			}
		}
		revoked := rapid.Bool().Draw(t, "revoked")
		_, err := access.CarryFrom(w, reader, access.Party{Unit: writer, Device: device}, to)
		if got, want := access.CarryReader(w, writer, to, access.Party{Unit: reader, Device: device, Revoked: revoked}), err == nil && !revoked; got != want {
			t.Errorf("from %s to %q, read by %s, revoked %v: got %v, want %v", writer, to, reader, revoked, got, want)
		}
	})
}

func TestEnrol(t *testing.T) {
	for name, test := range map[string]struct {
		known access.Party
		want  string
	}{
		"again, where it belongs": {known: access.Party{Unit: first, Device: device}},
		"into a second unit":      {known: access.Party{Unit: second, Device: device}, want: "already belongs to another unit"},
		"after a revocation":      {known: access.Party{Unit: first, Device: device, Revoked: true}, want: "is revoked"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, access.Enrol(test.known, first), test.want) })
	}
	if hint := fault.Hint(access.Enrol(access.Party{Revoked: true}, first)); !strings.Contains(hint, "new directory") {
		t.Errorf("want the way out as a hint, got %q", hint)
	}
}
