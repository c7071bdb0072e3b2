package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
	"tongbu/node/sheet"
	"tongbu/node/web/visit"
)

// mediaTypes are what files are sent as.
var mediaTypes = map[sheet.Format]string{
	sheet.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	sheet.CSV:  "text/csv; charset=utf-8",
}

// file gives a table as a file. It is made whole before the first byte is sent, so that
// what fails is said on a page.
func (r *room) file(v *visit.Visit, a *ask, format sheet.Format) error {
	name, content, err := r.made(v, a, format)
	if err != nil {
		return err
	}
	h := v.W.Header()
	h.Set("Content-Type", mediaTypes[format])
	h.Set("Content-Disposition", "attachment; filename=\""+a.kind.Name+"-"+dayOf(a.on, v.Today())+"."+string(format)+"\"; filename*=UTF-8''"+url.PathEscape(name))
	v.W.WriteHeader(http.StatusOK)
	_, _ = v.W.Write(content) // who asked may have gone
	return nil
}

// made makes a file in its turn, which ends before the file is sent: who takes it slowly
// keeps nobody waiting.
func (r *room) made(v *visit.Visit, a *ask, format sheet.Format) (name string, content []byte, err error) {
	leave, err := r.enter(v)
	if err != nil {
		return "", nil, err
	}
	defer leave()
	return a.file(v, format)
}

// file makes the table as a file, in the layout of the printed list: unit and day stand
// above it.
func (a *ask) file(v *visit.Visit, format sheet.Format) (name string, content []byte, err error) {
	unit, today, err := v.Site.Desk.Place()
	if err != nil {
		return "", nil, err
	}
	purpose := "export " + a.kind.Name
	if a.full {
		purpose += " with full ID numbers"
	}
	layout := sheet.Layout{Kind: a.kind, Print: true, Unit: unit.Code, Name: unit.Name, Day: dayOf(a.on, today)}
	records := func(yield func(*sheet.Record) error) error { return a.records(v.Ctx(), v, purpose, yield) }
	var b bytes.Buffer
	refused := 0
	err = sheet.Write(&b, sheet.Out{Format: format, Layout: layout, Temp: sheet.InMemory}, records, func(int, error) error {
		refused++
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	if refused > 0 {
		return "", nil, fault.New(fault.Invalid, "%d records cannot stand in the file", refused)
	}
	return unit.Name + a.kind.Label.Zh + "-" + layout.Day + "." + string(format), b.Bytes(), nil
}

// records are those of the table in its order, covered unless they are asked for in full.
func (a *ask) records(ctx context.Context, v *visit.Visit, purpose string, yield func(*sheet.Record) error) error {
	return v.Site.Desk.EachOf(ctx, a.table(), v.Asker(purpose), func(row *desk.Shown) error {
		if !a.full {
			a.cover(v, row)
		}
		r, err := recordOf(row)
		if err != nil {
			return err
		}
		return yield(r)
	})
}

// cover covers the texts of a row that say who somebody is.
func (a *ask) cover(v *visit.Visit, row *desk.Shown) {
	say := teller{a.kind, v.Lang, false}
	for _, f := range a.kind.Fields {
		if text, is := row.Fields[f.Name].(string); is && (f.Type == schema.Text || f.Type == schema.IDNumber || f.Mask) {
			row.Fields[f.Name] = say.cover(f, text)
		}
		if called := row.Called[f.Name]; called != "" {
			row.Called[f.Name] = say.cover(f, called)
		}
	}
}

// recordOf is a row as a table writes it.
func recordOf(row *desk.Shown) (*sheet.Record, error) {
	raw, err := json.Marshal(row)
	if err != nil {
		return nil, fault.Wrap("write a record", err)
	}
	return sheet.ReadRecord(raw)
}
