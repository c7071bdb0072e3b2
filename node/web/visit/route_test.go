package visit_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/node/web/visit"
)

// TestWhoHangsUpFillsNoLog: a request that was given up is none of the program's failures.
func TestWhoHangsUpFillsNoLog(t *testing.T) {
	var log bytes.Buffer
	s := &visit.Site{Log: slog.New(slog.NewTextHandler(&log, nil)), Sessions: &pages.Sessions{Cookie: "s", Now: time.Now}}
	s.Open("GET /slow", func(v *visit.Visit) error { return fault.Wrap("wait for a turn", v.Ctx().Err()) })
	ctx, stop := context.WithCancel(t.Context())
	stop()
	s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/slow", nil))
	if log.Len() > 0 {
		t.Errorf("the log has: %s", log.String())
	}
}
