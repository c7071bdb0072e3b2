package rows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"tongbu/bench/town"
)

// answer is a response in memory.
type answer struct {
	code   int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(code int)        { a.code = code }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// askHub asks what the command line would ask of a hub.
func askHub(m *town.Member, method, path, body string, into any) error {
	r, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		return err
	}
	a := &answer{code: http.StatusOK, header: http.Header{}}
	m.Hub.Handler().ServeHTTP(a, r)
	if a.code != http.StatusOK {
		return fmt.Errorf("%s %s: %d %s", method, path, a.code, a.body.Bytes())
	}
	return json.Unmarshal(a.body.Bytes(), into)
}

// countRows asks the view of a hub how many rows of a kind it has.
func countRows(m *town.Member, kind string) (int, error) {
	var got struct{ Rows []struct{ Count int } }
	err := askHub(m, http.MethodPost, "/query", `{"Kind":"`+kind+`","GroupBy":"city"}`, &got)
	if err != nil || len(got.Rows) == 0 {
		return 0, err
	}
	return got.Rows[0].Count, nil
}

// arrived reports whether the city's journal holds all that the nodes have
// written.
func (s *street) arrived() bool {
	for _, n := range s.nodes {
		written, _ := n.Replica.Streams.Entry(n.Own())
		if got, _ := s.City.Replica.Streams.Entry(n.Own()); got.Head < written.Head {
			return false
		}
	}
	return true
}
