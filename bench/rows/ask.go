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

// countPersons asks the view of a hub how many persons it has.
func countPersons(m *town.Member) (int, error) {
	var got struct{ Rows []struct{ Count int } }
	err := askHub(m, http.MethodPost, "/query", `{"Kind":"person","GroupBy":"city"}`, &got)
	if err != nil || len(got.Rows) == 0 {
		return 0, err
	}
	return got.Rows[0].Count, nil
}

// viewCaughtUp reports whether the view of a hub holds all that its journal
// does.
func viewCaughtUp(m *town.Member) (bool, error) {
	var st struct {
		View struct{ Applied, Behind uint64 }
	}
	err := askHub(m, http.MethodGet, "/status", "", &st)
	return st.View.Behind == 0 && st.View.Applied > 0, err
}

// arrivalsAt is how many changes of its units below the hub's journal holds.
func arrivalsAt(m *town.Member) (n int) {
	entries, _ := m.Replica.Streams.Entries()
	for _, e := range entries {
		if e.Author != m.Unit.ID {
			n += int(e.Head)
		}
	}
	return n
}

// wrongCount says that a view does not hold what was delivered, or why it could
// not be asked.
func wrongCount(n, want int, err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("the city's view counts %d of %d persons", n, want)
}
