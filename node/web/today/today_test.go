package today_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"tongbu/internal/test/webtest"
	"tongbu/node/desk"
	"tongbu/node/people"
)

// TestWhoEntered: who entered a record is called by the name of the account, and who has
// none here by the login.
func TestWhoEntered(t *testing.T) {
	s := webtest.New(t)
	b := s.As(people.Operator)
	var name string
	all, err := people.New(s.Replica).List()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Login == b.Login {
			name = p.Name
		}
	}
	for actor, who := range map[string]string{b.Login: "王明", "root": "李兰"} {
		raw, err := json.Marshal(map[string]string{"name": who})
		if err != nil {
			t.Fatal(err)
		}
		if err := desk.New(s.Replica).Put(context.Background(), "person", []desk.Item{{Line: 1, JSON: raw}}, actor, func(desk.Written) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/", "/recent"} {
		got := b.Get(path).Body
		for _, row := range []string{">王明</a></td><td>人员</td><td>" + name + "</td>", ">李兰</a></td><td>人员</td><td>root</td>"} {
			if name == "" || !strings.Contains(got, row) {
				t.Errorf("%s does not say %q", path, row)
			}
		}
	}
}
