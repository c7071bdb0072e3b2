package ledger

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"tongbu/node/web/visit"
)

// TestTurn: files and prints have one turn, and who goes while waiting for it is told of both.
func TestTurn(t *testing.T) {
	r := &room{turn: make(chan struct{}, 1)}
	ctx, gone := context.WithCancel(t.Context())
	v := &visit.Visit{R: httptest.NewRequestWithContext(ctx, "GET", "/ledgers/1/print", nil)}
	leave, err := r.enter(v)
	if err != nil {
		t.Fatal(err)
	}
	gone()
	if _, err := r.enter(v); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "file or print") {
		t.Errorf("beside a file or print: got %v", err)
	}
	leave()
	v.R = v.R.WithContext(t.Context())
	if leave, err = r.enter(v); err != nil {
		t.Fatalf("after it: %v", err)
	}
	leave()
}
