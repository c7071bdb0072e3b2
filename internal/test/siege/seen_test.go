package siege_test

import (
	"net/http"
	"net/url"
	"testing"

	"tongbu/internal/test/webtest"
	"tongbu/node/people"
)

// TestHeadSettlesWhatWasSeen: an operator who takes a request back and asks for something
// else, or changes the record, does not get the head's word for it unread.
func TestHeadSettlesWhatWasSeen(t *testing.T) {
	s := webtest.MustFull(t, 8)
	clerk, head := s.As(people.Operator), s.As(people.Head)
	person := s.Families[1].Members[0].ID
	path := "/proposal/" + s.Proposal
	form := webtest.Hidden(head.Get(path).Body)
	form.Set("taken", "1")

	clerk.Post("/draft/"+s.Proposal+"/back", nil)
	clerk.Post("/void/person/"+string(person), url.Values{"reason": {"站长让作废的"}})
	if got := head.Post(path, form); got.Code != http.StatusConflict {
		t.Errorf("another reason: status %d, want 409", got.Code)
	}
	shown, err := s.Node.Drafts.Proposal(s.Proposal)
	if err != nil || shown.Proposal.Why != "站长让作废的" {
		t.Fatalf("it does not wait: %+v, %v", shown, err)
	}
	form.Set("seen", webtest.Hidden(head.Get(path).Body).Get("seen"))
	if got := head.Post(path, form); got.Code != http.StatusOK {
		t.Errorf("seen: status %d at %s", got.Code, got.Path)
	}
	if _, err := s.Node.Drafts.Proposal(s.Proposal); err == nil {
		t.Error("what was seen is not settled: the test shows nothing")
	}
}
