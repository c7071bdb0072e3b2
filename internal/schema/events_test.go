package schema_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongbu/internal/change"
	"tongbu/internal/schema"
)

// eventRule is a line of testdata/event_rules.jsonl: the complete record of a kind,
// or one of its rules with what makes that record fail it, and what it passes with.
type eventRule struct {
	Kind   string         `json:"kind"`
	Record map[string]any `json:"record"`
	Rule   string         `json:"rule"`
	Fails  map[string]any `json:"fails"`
	Passes map[string]any `json:"passes"`
}

func readEventRules(t *testing.T) []eventRule {
	t.Helper()
	raw, err := os.ReadFile("testdata/event_rules.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var all []eventRule
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		line := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		line.DisallowUnknownFields()
		line.UseNumber()
		var one eventRule
		if err := line.Decode(&one); err != nil {
			t.Fatalf("line %d: %v", len(all)+1, err)
		}
		all = append(all, one)
	}
	return all
}

// judged parses a record with changes to it, and lists the problems by their rules.
func judged(t *testing.T, k *schema.Kind, record, changes map[string]any) []string {
	t.Helper()
	object := maps.Clone(record)
	maps.Copy(object, changes)
	values, err := k.Parse(object)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, p := range k.CheckOn(values, "2026-11-29") {
		found = append(found, p.Rule)
	}
	return found
}

// TestEventRules: a complete event has no finding; each rule has a record that fails
// it and nothing else, and one that passes it.
func TestEventRules(t *testing.T) {
	s, complete, tested := mustLoad(t), map[string]map[string]any{}, map[string][]string{}
	for _, c := range readEventRules(t) {
		k := mustKind(t, s, c.Kind)
		if c.Rule == "" {
			complete[c.Kind] = c.Record
			if found := judged(t, k, c.Record, nil); found != nil {
				t.Errorf("%s: the complete record fails %v", c.Kind, found)
			}
			continue
		}
		tested[c.Kind] = append(tested[c.Kind], c.Rule)
		if diff := cmp.Diff([]string{c.Rule}, judged(t, k, complete[c.Kind], c.Fails)); diff != "" {
			t.Errorf("%s %s, fails:\n%s", c.Kind, c.Rule, diff)
		}
		if found := judged(t, k, complete[c.Kind], c.Passes); found != nil {
			t.Errorf("%s %s: what passes fails %v", c.Kind, c.Rule, found)
		}
	}
	for _, k := range s.Kinds() {
		if k.Sort != schema.Event {
			continue
		}
		var want []string
		for _, c := range k.Checks {
			if !slices.Contains(aboutOthers, c.Test) { // TestRecordRulesBeside tries them
				want = append(want, c.Rule)
			}
		}
		if diff := cmp.Diff(want, tested[k.Name]); diff != "" || complete[k.Name] == nil {
			t.Errorf("%s: rules and their vectors differ:\n%s", k.Name, diff)
		}
	}
}

// TestEvents: what holds of all events. What is asked of an event's form stands in
// one of its sections, if it has any.
func TestEvents(t *testing.T) {
	ranks := map[string]string{}
	for _, k := range mustLoad(t).Kinds() {
		if k.Sort != schema.Event {
			continue
		}
		by := k.Subject + string(rune(k.Rank))
		if other, taken := ranks[by]; taken {
			t.Errorf("%s and %s have one rank among the events of a %s", k.Name, other, k.Subject)
		}
		ranks[by] = k.Name
		if subject, _ := k.Field(k.Subject); !subject.Index || k.Day != "on" || k.Group.En == "" {
			t.Errorf("%s: subject, day or group is not as that of other events", k.Name)
		}
		for _, f := range k.Fields[:ownFields(k)] {
			if (f.Section == "") != (len(k.Sections) == 0) {
				t.Errorf("%s.%s: its section is %q", k.Name, f.Name, f.Section)
			}
		}
		if printed := k.Printed(); len(printed) < 3 || printed[0].Name != k.Subject || printed[1].Name != k.Day {
			t.Errorf("%s: its printed list does not begin with subject and day", k.Name)
		}
	}
}

// ownFields counts the fields before those common to all kinds.
func ownFields(k *schema.Kind) int {
	return slices.IndexFunc(k.Fields, func(f *schema.Field) bool { return f.Name == "unit" })
}

// TestEventHard: an event without its subject or day, or of a day that does not
// exist, is refused; all else that its kind says of it is a finding.
func TestEventHard(t *testing.T) {
	k := mustKind(t, mustLoad(t), "unemployment")
	for text, want := range map[string]string{"": "on:missing!", "2026-02-29": "on:date!", "2026-02-28": ""} {
		values := map[string]change.Value{"person": change.Text("aaaaaaaaaaaaaaaa.p1")}
		if text != "" {
			values["on"] = change.Text(text)
		}
		if got := rules(k.CheckHard(change.FieldsOf(values))); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := rules(k.CheckHard(change.FieldsOf(map[string]change.Value{"on": change.Text("2026-02-28")}))); got != "person:missing!" {
		t.Errorf("without a person: %q", got)
	}
}

// TestEventPrivacy: what tells a person from others is marked so; an insurance number,
// which in many places is the ID number, is masked besides.
func TestEventPrivacy(t *testing.T) {
	s := mustLoad(t)
	for kind, names := range map[string][]string{
		"registration":    {"certificate_no", "privilege_no", "person"},
		"placement":       {"licence_no", "referral", "person"},
		"training_result": {"certificate_no"},
		"insurance_state": {"number"},
		"visit":           {"household", "person", "content"},
		"contact":         {"content"},
		"family_step":     {"case_no", "opinion", "household", "person"},
		"retiree_step":    {"reason"},
	} {
		for _, name := range names {
			if f, ok := mustKind(t, s, kind).Field(name); !ok || !f.IsPersonal() {
				t.Errorf("%s.%s is not personal", kind, name)
			}
		}
	}
	if f, _ := mustKind(t, s, "insurance_state").Field("bkc020"); !f.Mask {
		t.Error("an insurance number is shown in full")
	}
}

// TestEventCodes: codes that rules of law and ledgers name keep their meaning.
func TestEventCodes(t *testing.T) {
	s := mustLoad(t)
	for _, c := range []struct{ list, code, zh string }{
		{"unemployment_reason", "20", "与企业解除或终止劳动关系的"},
		{"deregistration_reason", "50", "连续3个月未与失业登记机构联系"},
		{"employment_dereg_reason", "05", "退休"},
		{"assistance_way", "3", "公益性岗位安置"},
		{"insurance", "11", "企业职工基本养老保险"},
		{"insurance_status", "2", "暂停缴费"},
		{"ui_benefit_status", "46", "无正当理由，拒不接受政府机构介绍的工作"},
		{"public_service", "020", "职业指导"},
		{"policy_benefit", "020", "社会保险补贴"},
		{"hardship_exit_reason", "040", "退休"},
		{"four_sends", "S2", "送岗位"},
		{"referral_failure", "11", "无正当理由拒绝"},
		{"zero_family_state", "STREET_CONFIRMED", "街道已认定"},
		{"hardship_step", "recognised", "区认定"},
	} {
		l, ok := s.List(c.list)
		if !ok {
			t.Errorf("no list %s", c.list)
			continue
		}
		if item, ok := l.Item(c.code); !ok || item.Zh != c.zh || l.Standard == "" {
			t.Errorf("%s %s: %+v", c.list, c.code, item)
		}
	}
	for _, list := range []string{"status_source", "unemployment_reason", "insurance", "service_kind", "certificate_step"} {
		l, _ := s.List(list)
		for _, item := range l.Items {
			if item.En == "" || strings.TrimSpace(item.En) != item.En {
				t.Errorf("%s %s has no English name", list, item.Code)
			}
		}
	}
}
