package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/node/desk"
	"tongbu/node/web/visit"
)

// bars are what pages ask for by themselves: the line bar, and the words on records.
// They are no sign that anybody is there, and keep no session alive.
func bars(s *visit.Site) {
	s.Open("GET /line", showLine)
	s.Open("POST /words", tellWords)
}

func showLine(v *visit.Visit) error {
	if v.Who.Login == "" {
		v.W.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	return v.Shard("web/signin", "linebar", map[string]any{"Line": v.Site.Line(), "Now": v.Now()})
}

// tellWords answers a list of KIND/ID with the word for each, in its order.
func tellWords(v *visit.Visit) error {
	if v.Who.Login == "" {
		v.W.WriteHeader(http.StatusUnauthorized)
		return nil
	}
	var names []string
	if err := json.NewDecoder(v.R.Body).Decode(&names); err != nil {
		return fault.As(fault.Invalid, "read the records asked about", err)
	}
	refs := make([]desk.Ref, len(names))
	for i, name := range names {
		kind, id, _ := strings.Cut(name, "/")
		refs[i] = desk.Ref{Kind: kind, ID: change.RecordID(id)}
	}
	states, err := v.Site.Desk.States(refs)
	if err != nil {
		return err
	}
	said := make([]pages.Word, len(states))
	for i, state := range states {
		said[i] = pages.WordOf(v.Lang, state, v.Site.Parent())
	}
	v.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(v.W).Encode(said)
}
