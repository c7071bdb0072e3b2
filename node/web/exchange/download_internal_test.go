package exchange

import (
	"io"
	"net/http/httptest"
	"testing"
	"time"

	"tongbu/node/web/visit"
)

// timed is an answer that notes until when it may be written.
type timed struct {
	*httptest.ResponseRecorder
	until []time.Time
}

func (w *timed) SetWriteDeadline(t time.Time) error {
	w.until = append(w.until, t)
	return nil
}

// TestDownloadsEnd: a download has time with each part of it that is taken, and never all
// the time there is; one for which others wait has that of the server.
func TestDownloadsEnd(t *testing.T) {
	for inTurn, parts := range map[bool]int{false: 2, true: 0} {
		w := &timed{ResponseRecorder: httptest.NewRecorder()}
		d := &download{v: &visit.Visit{W: w}, name: "a", kind: plainType, inTurn: inTurn}
		began := time.Now()
		n, err := d.send(func(to io.Writer) error {
			_, err := io.WriteString(to, "one")
			if err == nil {
				_, err = io.WriteString(to, "two")
			}
			return err
		})
		if err != nil || n != 6 {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if len(w.until) != parts {
			t.Errorf("in turn %v: the time was set %d times, want %d", inTurn, len(w.until), parts)
		}
		for _, until := range w.until {
			if until.Before(began) || until.After(time.Now().Add(stall)) {
				t.Errorf("a part may take until %v", until)
			}
		}
	}
}
