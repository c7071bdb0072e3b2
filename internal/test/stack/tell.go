package stack

import (
	"encoding/json"
	"net/http"

	"tongbu/hub/query"
	"tongbu/node"
	"tongbu/node/operate"
	"tongbu/node/socket"
	"tongbu/syncer"
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

// MustAsk asks a hub's query service, or through a node the one above it, and
// turns all pages.
func (d *Device) MustAsk(q syncer.Question) *query.Answer {
	d.World.TB.Helper()
	all := &query.Answer{}
	for q.PageSize = query.MaxPageSize; ; q.PageToken = all.NextPageToken {
		var raw json.RawMessage
		d.MustCall(http.MethodPost, "/query", q, &raw)
		page := must(query.ParseAnswer(raw))(d.World.TB)
		all.Rows, all.Coverage, all.NextPageToken = append(all.Rows, page.Rows...), page.Coverage, page.NextPageToken
		if page.NextPageToken == "" {
			return all
		}
	}
}

// MustCoverage is how complete the city says its answers are.
func (w *World) MustCoverage() query.Coverage {
	w.TB.Helper()
	var raw json.RawMessage
	w.City.MustCall(http.MethodPost, "/query", syncer.Question{Kind: Kind, PageSize: 1}, &raw)
	return must(query.ParseAnswer(raw))(w.TB).Coverage
}

// MustRevoke has the city revoke a device.
func (w *World) MustRevoke(d *Device) {
	w.TB.Helper()
	var answer any
	w.City.MustCall(http.MethodPost, "/revoke/"+string(d.Replica.Keys.Device())+"?reason=lost", nil, &answer)
}
