package lines_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tongbu/internal/test/report"
)

// taken leads the line to others than the street: a portal that wants a
// password, a box that looks into TLS, another host. The community gives them
// nothing, says why it has no line, and goes on saving.
func (c *crossing) taken(t *testing.T, rep *report.Line) {
	t.Helper()
	portal := httptest.NewServer(http.RedirectHandler("http://portal.invalid/", http.StatusFound))
	defer portal.Close()
	box := httptest.NewUnstartedServer(http.NotFoundHandler())
	box.Config.ErrorLog = log.New(io.Discard, "", 0)
	box.EnableHTTP2 = true
	box.StartTLS()
	defer box.Close()
	others := map[string]string{
		"portal":         portal.Listener.Addr().String(),
		"TLS inspection": box.Listener.Addr().String(),
		"another host":   c.street.Web,
	}
	if !report.Soak() {
		delete(others, "TLS inspection") // refusals are followed by long pauses
		delete(others, "another host")
	}
	for name, other := range others {
		c.writeUnlinked(t, 5)
		c.proxy.Lead(other)
		c.proxy.Refuse(false)
		before := c.atParent(t)
		var words string
		c.await(t, 30*time.Second, func() string {
			st, err := c.site.Look(t.Context())
			if err != nil || st.Parent.Connected {
				return fmt.Sprintf("%+v %v", st.Parent, err)
			}
			words = st.Parent.Error
			if st.Parent.Address != c.proxy.Address() || words == "" || strings.Contains(words, "reset") || strings.Contains(words, "EOF") && name != "another host" {
				return "says only " + words
			}
			return ""
		})
		c.site.mustWrite(t, c.maker, 5)
		if at := c.atParent(t); at != before {
			t.Errorf("%s: %d changes came to the hub, want none", name, at-before)
		}
		rep.Figure("what is said of: "+name, words)
		rep.Runs++
		c.proxy.Lead(c.street.Listen)
		c.await(t, 30*time.Second, func() string { return c.site.arrived(t.Context()) })
	}
}
