package stack

import (
	"net/http"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/question"
	"tongbu/internal/system"
	"tongbu/node"
	"tongbu/node/desk"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

func (d *Device) handler() http.Handler {
	if d.Hub != nil {
		return d.Hub.Handler()
	}
	return node.New(d.Replica).Handler()
}

// Call asks what a command on the directory asks.
func (d *Device) Call(method, path string, in, out any) error {
	return socket.Direct(d.handler(), func() {}).JSON(d.World.TB.Context(), method, path, in, out)
}

// MustCall is Call that succeeds.
func (d *Device) MustCall(method, path string, in, out any) {
	d.World.TB.Helper()
	if err := d.Call(method, path, in, out); err != nil {
		d.World.TB.Fatalf("%s: %s %s: %v", d.Name, method, path, err)
	}
}

// MustStatus is what status shows there.
func (d *Device) MustStatus() operate.Status {
	d.World.TB.Helper()
	var st operate.Status
	d.MustCall(http.MethodGet, "/status", nil, &st)
	return st
}

// MustOwn is how far the changes have come that people made there: without what
// the device says of itself.
func (d *Device) MustOwn() operate.Own {
	d.World.TB.Helper()
	st := d.MustStatus()
	var said []desk.Past
	err := d.Call(http.MethodGet, "/history/"+system.DeviceStateKind+"/"+string(st.Device), nil, &said)
	if err != nil && fault.Of(err) != fault.NotFound {
		d.World.TB.Fatalf("%s: history: %v", d.Name, err)
	}
	for _, p := range said {
		st.Own.Head--
		if p.State == desk.Recorded {
			st.Own.AtCity--
		}
		if p.State == desk.Recorded || p.State == desk.Received {
			st.Own.AtParent--
		}
	}
	return st.Own
}

// Said is how many changes a device has written about itself, which nobody put there,
// and how many of them are at the parent and covered by the city.
func (d *Device) Said() (written, parent, covered uint64) {
	d.World.TB.Helper()
	var said []desk.Past
	d.MustCall(http.MethodGet, "/history/"+system.DeviceStateKind+"/"+string(d.Replica.Keys.Device()), nil, &said)
	for _, p := range said {
		written++
		if p.State != desk.Saved {
			parent++
		}
		if p.State == desk.Recorded {
			covered++
		}
	}
	return written, parent, covered
}

// MustAsk asks a hub's query service, or through a node the one above it, and
// turns all pages: each may have its values in other columns.
func (d *Device) MustAsk(q question.Question) (rows []map[string]change.Value) {
	d.World.TB.Helper()
	for q.PageSize = question.MaxPageSize; ; {
		var page question.Answer
		d.MustCall(http.MethodPost, "/query", q, &page)
		for _, row := range page.Rows {
			values := map[string]change.Value{}
			for i, c := range page.Columns {
				values[c.Name] = row[i]
			}
			rows = append(rows, values)
		}
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			return rows
		}
	}
}

// MustCoverage is how complete the city says its answers are.
func (w *World) MustCoverage() question.Coverage {
	w.TB.Helper()
	var page question.Answer
	w.City.MustCall(http.MethodPost, "/query", question.Question{Kind: Kind, PageSize: 1}, &page)
	return page.Coverage
}

// MustRevoke has the city revoke a device.
func (w *World) MustRevoke(d *Device) {
	w.TB.Helper()
	var answer any
	w.City.MustCall(http.MethodPost, "/revoke/"+string(d.Replica.Keys.Device())+"?reason=lost", nil, &answer)
}
