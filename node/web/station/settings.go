package station

import (
	"net/http"
	"time"

	"tongbu/internal/pages"
	"tongbu/node/operate"
	"tongbu/node/people"
	"tongbu/node/web/visit"
)

// settings is what the page shows of who is there and of this computer.
type settings struct {
	Role     pages.Text
	Leads    bool // who is there sees what the head does
	Sessions []pages.Session
	Here     time.Time // when this session began
	Machine  operate.Machine
	Device   string // as much of its name as people compare
	Days     int    // that the certificate has left
	Clock    pages.Text
	Free     string
	Tight    bool // little room is left
	Others   *visit.Others
	Steps    bool // how to trust the certificate is shown
}

// tightDisk is how little room is worth a word, in bytes.
const tightDisk = 1 << 30

func showSettings(v *visit.Visit) error {
	m := v.Site.Operate.Machine()
	s := settings{Role: visit.RoleText(v.Who.Role), Leads: v.Who.Role.May(people.Lead), Sessions: v.Site.Sessions.OfLogin(v.Who.Login), Machine: m, Others: v.Site.Others, Steps: v.Site.Others != nil}
	if here, has := v.Site.Sessions.Peek(v.R); has {
		s.Here = here.Began
	}
	s.Device = string(m.Device)
	s.Device = s.Device[:min(len(s.Device), 12)]
	s.Days = int(m.Certificate.Until.Sub(v.Now()).Hours() / 24)
	s.Clock = clockText(m.Clock)
	if m.Disk.FreeBytes >= 0 {
		s.Free, s.Tight = pages.Size(m.Disk.FreeBytes), m.Disk.FreeBytes < tightDisk
	}
	return v.Page("", "station/settings", s)
}

// clockText says how the clock of this computer is.
func clockText(c operate.Clock) pages.Text {
	switch c.Verdict {
	case "right":
		return pages.Text{Zh: "准", En: "right"}
	case "wrong":
		by := pages.Span("zh", time.Duration(max(c.Offset, -c.Offset))*time.Millisecond)
		en := pages.Span("en", time.Duration(max(c.Offset, -c.Offset))*time.Millisecond)
		if c.Offset < 0 {
			return pages.Text{Zh: "快 " + by + "，不影响先后，也不会丢", En: en + " fast; order and data are not affected"}
		}
		return pages.Text{Zh: "慢 " + by + "，不影响先后，也不会丢", En: en + " slow; order and data are not affected"}
	}
	return pages.Text{Zh: "还没有跟别处对过", En: "not compared with others yet"}
}

// endOthers signs who is there out everywhere else.
func endOthers(v *visit.Visit) error {
	v.Site.Sessions.EndOthers(v.Who.Login, v.R)
	return v.Go("/settings")
}

// sendCertificate sends the certificate by which other computers trust this one's pages.
func sendCertificate(v *visit.Visit) error {
	if v.Site.Others == nil {
		return visit.NotFound()
	}
	h := v.W.Header()
	h.Set("Content-Type", "application/x-x509-ca-cert")
	h.Set("Content-Disposition", `attachment; filename="tongbu.crt"`)
	v.W.WriteHeader(http.StatusOK)
	_, _ = v.W.Write(v.Site.Others.Certificate) // who asked may have gone
	return nil
}
