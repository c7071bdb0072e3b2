package exchange

import (
	"io"
	"net/http"
	"net/url"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/journal"
	"tongbu/internal/schema"
	"tongbu/node/intake"
	"tongbu/node/sheet"
	"tongbu/node/uploads"
	"tongbu/node/web/visit"
)

// download sends a file. What fails before its first byte is said on a page; behind it
// the connection breaks off, so that no half file passes for a whole one.
type download struct {
	v     *visit.Visit
	begun bool
	bytes int64

	name, kind string
	inTurn     bool // others wait until it is sent
}

// Write implements io.Writer.
func (d *download) Write(p []byte) (int, error) {
	if !d.begun {
		d.begun = true
		h := d.v.W.Header()
		h.Set("Content-Type", d.kind)
		h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(d.name))
		h.Set("No-Gzip-Compression", "1") // what is encrypted or a zip does not become smaller
	}
	if !d.inTurn { // where it cannot be set, the server's holds
		_ = http.NewResponseController(d.v.W).SetWriteDeadline(time.Now().Add(stall))
	}
	n, err := d.v.W.Write(p)
	d.bytes += int64(n)
	return n, err
}

// stall is how long nothing of a download may be taken before it breaks off: a slow stick
// takes its time, and who reads no more holds nothing.
const stall = time.Minute

func send(v *visit.Visit, name, kind string, write func(io.Writer) error) (bytes int64, err error) {
	return (&download{v: v, name: name, kind: kind}).send(write)
}

func (d *download) send(write func(io.Writer) error) (bytes int64, err error) {
	if err := write(d); err != nil {
		if !d.begun {
			return 0, err
		}
		d.v.Site.Log.Warn("a download broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return d.bytes, nil
}

const (
	workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	plainType    = "application/octet-stream"
)

// rejects sends the rejected rows as the file had them, with their reasons, to be
// corrected there.
func (r *room) rejects(v *visit.Visit) error {
	leave, err := r.enter(v)
	if err != nil {
		return err
	}
	defer leave()
	f, err := r.uploads.Get(v.Who.Login, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	a := aboutOf(f)
	file, tables, err := r.open(f, &a)
	if err != nil {
		return err
	}
	why, err := r.reasons(v, f)
	if err != nil {
		return err
	}
	if len(why) == 0 {
		return fault.New(fault.NotFound, "no row is rejected any more")
	}
	name, kind := v.Say("没收的行", "rejected")+"."+string(file.Format), plainType
	if file.Format == sheet.XLSX {
		kind = workbookType
	}
	d := &download{v: v, name: name, kind: kind, inTurn: true}
	_, err = d.send(func(w io.Writer) error { return file.WriteRejects(w, sheet.InMemory, tables, why) })
	return err
}

// reasons are why rows are still rejected.
func (r *room) reasons(v *visit.Visit, f uploads.File) (why sheet.Reasons, err error) {
	why = sheet.Reasons{}
	err = r.uploads.EachRow(f, 0, func(row uploads.Row) error {
		if row.In || row.Dropped {
			return nil
		}
		text := ""
		for i, w := range row.Wrong {
			if i > 0 {
				text += intake.Semicolon(v.Lang)
			}
			if field := r.field(row.Kind, w.Field); field != nil {
				text += field.Label.In(string(v.Lang)) + v.Say("：", ": ")
			}
			text += sayWrong(v, w)
		}
		why[row.Line] = text
		if len(why) > maxRejected {
			return journal.ErrStop
		}
		return nil
	})
	return why, err
}

// exportPage lists what there is to take out.
type exportPage struct {
	Tab     string
	Ledgers []ledger
	Kinds   []kindChoice
}

type ledger struct{ Href, Label string }

func (r *room) showExport(v *visit.Visit) error {
	page := exportPage{Tab: "export"}
	for i, text := range ledgers {
		n := string(rune('1' + i))
		page.Ledgers = append(page.Ledgers, ledger{"/ledger/" + n + ".xlsx", v.Say(text.Zh, text.En)})
	}
	for _, k := range r.kinds() {
		page.Kinds = append(page.Kinds, kindChoice{Name: k.Name, Label: k.Label.In(string(v.Lang))})
	}
	return v.Page("exchange", "exchange/export", page)
}

// ledgers are the five of a community, in their order.
var ledgers = []schema.Label{
	{Zh: "L1 台帐", En: "Ledger L1"}, {Zh: "L2 台帐", En: "Ledger L2"}, {Zh: "L3 台帐", En: "Ledger L3"}, {Zh: "L4 台帐", En: "Ledger L4"}, {Zh: "L5 台帐", En: "Ledger L5"},
}

// template sends an empty form.
func (r *room) template(v *visit.Visit) error {
	for _, k := range r.kinds() {
		if k.Name != v.R.PathValue("kind") {
			continue
		}
		unit, day, err := r.site.Desk.Place()
		if err != nil {
			return err
		}
		l := sheet.Layout{Kind: k, Template: true, Unit: unit.Code, Name: unit.Name, Day: day}
		none := func(func(*sheet.Record) error) error { return nil }
		_, err = send(v, k.Label.In(string(v.Lang))+".xlsx", workbookType, func(w io.Writer) error {
			return sheet.WriteXLSX(w, sheet.InMemory, l, none, func(int, error) error { return nil })
		})
		return err
	}
	return visit.NotFound()
}
