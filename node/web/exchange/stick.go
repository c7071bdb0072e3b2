package exchange

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"tongbu/internal/backup"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/vault"
	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/web/visit"
	"tongbu/syncer/carry"
)

type stickPage struct {
	Tab     string
	Pending uint64 // changes that the next hub does not have
	Open    uint64 // and those that the city has not recorded, which go into the file
	Parent  pages.Text
	Sent    *carried
	SentAt  string
	Size    string
	In      *carry.Summary
	Error   string
	May     bool

	Head     bool
	Key      string // what a backup is opened with
	Backup   job
	Verify   job
	Dir      string
	Keep     int
	Problems []string
}

// job is how something went that is done each night.
type job struct {
	Class, Text, Age string
	At               string // when it is done; "": never by itself
}

func (r *room) showStick(v *visit.Visit) error { return r.stickPage(v, http.StatusOK, stickPage{}) }

func (r *room) stickPage(v *visit.Visit, status int, page stickPage) error {
	v.Site.Stale() // what the file will have in it is that of now
	line := v.Site.Line()
	page.Tab, page.Head, page.May = "stick", v.Who.Role.May(people.Lead), v.Who.Role.May(people.Write)
	page.Pending, page.Parent, page.Open = line.Pending, line.Parent, open(line)
	r.mutex.Lock()
	page.Sent = r.sent
	r.mutex.Unlock()
	if page.Sent != nil {
		page.SentAt, page.Size = pages.When(v.Lang, page.Sent.At, v.Now()), sizeText(page.Sent.Bytes)
	}
	nights := r.site.Operate.Nightly()
	page.Backup, page.Verify, page.Dir, page.Keep = jobOf(v, nights.Backup), jobOf(v, nights.Verify), nights.Dir, nights.Keep
	if place, err := vault.DescribeSource(r.site.Replica.Dir()); err == nil {
		page.Key = v.Lang.Line(place)
	}
	return v.PageAs(status, "exchange", "exchange/stick", page)
}

// open are the changes of this computer that the city has not recorded.
func open(line *pages.Line) uint64 {
	all := line.Received + line.Pending
	return all - min(line.Recorded, all)
}

// maxAge is how old a backup may be that nothing makes by itself.
const maxAge = 8 * 24 * time.Hour

// jobOf says how a job went last, and how old what it made is.
func jobOf(v *visit.Visit, n operate.NightJob) job {
	j := job{At: n.At, Class: "amber", Text: v.Say("还没做过", "never done"), Age: ""}
	if !n.Good.Began.IsZero() {
		j.Age = pages.When(v.Lang, n.Good.Began, v.Now()) + v.Say("，", ", ") + pages.Span(v.Lang, v.Now().Sub(n.Good.Began)) + v.Say("前", " ago")
	}
	switch {
	case n.Last.Began.IsZero():
	case n.Last.OK && n.At == "" && v.Now().Sub(n.Good.Began) > maxAge:
		j.Text = v.Say("太久了，再备份一次", "too old: make another")
	case n.Last.OK:
		j.Class, j.Text = "green", v.Say("好", "well")
	default:
		j.Class, j.Text = "red", v.Lang.Line(n.Last.Message)
	}
	return j
}

func sizeText(bytes int64) string {
	if bytes < 100<<10 {
		return fmt.Sprintf("%d KB", (bytes+1023)>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
}

// carryOut sends the file for a stick.
func (r *room) carryOut(v *visit.Visit) error {
	now := v.Now()
	var said *carry.Summary
	n, err := send(v, "tongbu-"+now.Format("20060102-1504")+".carry", plainType, func(w io.Writer) (err error) {
		said, err = r.site.Operate.CarryOut(v.Ctx(), w, "", v.R.PostFormValue("all") == "1")
		return err
	})
	if err != nil {
		return r.stickFault(v, err)
	}
	v.Site.Stale()
	sent := &carried{At: now, Bytes: n, Summary: *said, Own: min(int(open(v.Site.Line())), said.Changes)}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.sent = sent
	return nil
}

// stickFault says on the page itself what people can mend.
func (r *room) stickFault(v *visit.Visit, err error) error {
	switch fault.Of(err) {
	case fault.Invalid, fault.Denied, fault.NotFound, fault.Busy, fault.Damaged, fault.Unsupported:
		return r.stickPage(v, http.StatusUnprocessableEntity, stickPage{Error: sentence(v, err)})
	}
	return err
}

// carryIn takes in a file that came back on a stick.
func (r *room) carryIn(v *visit.Visit) error {
	form, err := v.R.MultipartReader()
	if err != nil {
		return r.stickFault(v, errNoFile)
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return r.stickFault(v, errNoFile)
		case err != nil:
			return r.stickFault(v, errBroken)
		case part.FormName() != "file" || part.FileName() == "":
			continue
		}
		said, err := r.site.Operate.CarryIn(v.Ctx(), part)
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return err
		}
		if err != nil {
			return r.stickFault(v, err)
		}
		v.Site.Stale()
		return r.stickPage(v, http.StatusOK, stickPage{In: said})
	}
}

var (
	errNoFile = fault.New(fault.Invalid, "no file was sent").WithHint("choose a file first")
	errBroken = fault.New(fault.Invalid, "the file did not come whole; nothing was written").WithHint("send it again")
)

// backup sends a backup of the directory, for another disk than this computer's. It is
// read through as it goes: one that is not whole does not count as made.
func (r *room) backup(v *visit.Visit) error {
	name := "tongbu-" + v.Now().Format("20060102-1504") + ".backup"
	var m backup.Manifest
	n, err := send(v, name, plainType, func(w io.Writer) (err error) {
		m, err = r.checked(w)
		return err
	})
	if err != nil {
		return r.stickFault(v, err)
	}
	r.site.Operate.BackedUp(operate.Made{Began: m.Time, File: name, Bytes: n})
	return nil
}

// checked writes a backup and reads it through.
func (r *room) checked(w io.Writer) (backup.Manifest, error) {
	out, in := io.Pipe()
	made := make(chan struct{})
	go func() {
		defer close(made)
		_ = in.CloseWithError(r.site.Operate.Backup(in)) // a pipe's does not fail
	}()
	m, err := backup.Check(io.TeeReader(out, w))
	_ = out.CloseWithError(err) // likewise
	<-made
	return m, err
}
