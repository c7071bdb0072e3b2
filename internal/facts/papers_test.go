package facts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tongbu/internal/facts"
	"tongbu/internal/rulepack"
)

// paperTasks are the tasks of certificates and loans, with what crossed.
func paperTasks(t *testing.T, rows facts.Rows) string {
	t.Helper()
	all := slices.DeleteFunc(tasks(t, rows), func(s string) bool {
		return !strings.HasPrefix(s, "cert_") && !strings.HasPrefix(s, "loan_") && !strings.HasPrefix(s, "crossed")
	})
	return strings.Join(all, "; ")
}

// TestCertificates: a certificate's case goes by its steps and by what the certificate says
// alone, and what both say is due once.
func TestCertificates(t *testing.T) {
	const paper = `certificate 5 {"id":"@k","person":"@p1","kind":"03","state":"2","issued_on":"2026-01-31"}`
	asked := []string{`certificate 5 {"id":"@k","person":"@p1","kind":"03"}`, `certificate_step 5 {"id":"@s1","certificate":"@k","on":"2026-03-02","step":"asked"}`}
	issued := append(slices.Clone(asked), `certificate_step 4 {"id":"@s2","certificate":"@k","on":"2026-03-04","step":"checked","answers":"@s1"}`,
		`certificate_step 4 {"id":"@s3","certificate":"@k","on":"2026-03-06","step":"issued","answers":"@s2"}`)
	for _, c := range []struct {
		name, day   string
		lines       []string
		state, want string
	}{
		{"says nothing", "2026-06-01", asked[:1], "", ""},
		{"asked", "2026-03-02", asked, "cert_asked", "cert_check p1 03-11"},
		{"checked", "2026-03-04", issued, "cert_checked", "cert_issue p1 03-13"},
		{"issued", "2026-03-06", issued, "cert_issued", "cert_yearly p1 2027-03-06"},
		{"of paper", "2026-01-31", []string{paper}, "cert_issued", "cert_yearly p1 2027-01-31"},
		{"of paper, not issued yet", "2026-01-30", []string{paper}, "", ""},
		{"of paper, checked once more by its record", "2027-02-01", []string{strings.Replace(paper, `"state"`, `"yearly_on":"2027-02-01","state"`, 1)}, "cert_yearly", "cert_yearly p1 2028-02-01"},
		{"of paper, and a step about the year", "2027-02-01", []string{paper, `certificate_step 5 {"certificate":"@k","on":"2027-01-30","step":"yearly","year":2027}`}, "cert_yearly", "cert_yearly p1 2028-01-30"},
		{"the record and a step say the same", "2027-02-01", []string{strings.Replace(paper, `"state"`, `"yearly_on":"2027-01-30","state"`, 1), `certificate_step 5 {"certificate":"@k","on":"2027-01-30","step":"yearly","year":2027}`}, "cert_yearly", "cert_yearly p1 2028-01-30"},
		{"issued by steps and by the record", "2026-06-01", append([]string{strings.Replace(paper, "2026-01-31", "2026-03-06", 1)}, issued[1:]...), "cert_issued", "cert_yearly p1 2027-03-06"},
		{"frozen by the record", "2026-06-01", []string{strings.Replace(paper, `"state":"2"`, `"state":"3","frozen_on":"2026-05-01"`, 1)}, "cert_frozen", "cert_thaw p1 2027-05-01"},
		{"resumed since", "2026-06-01", []string{strings.Replace(paper, `"state":"2"`, `"state":"3","frozen_on":"2026-05-01"`, 1), `certificate_step 5 {"certificate":"@k","on":"2026-05-20","step":"resumed"}`}, "cert_resumed", "cert_yearly p1 2027-05-20"},
		{"withdrawn by the record", "2026-06-01", []string{strings.Replace(paper, `"state":"2"`, `"state":"4","withdrawn_on":"2026-05-01"`, 1)}, "cert_withdrawn", ""},
		{"lost, and the year goes on", "2026-06-01", append(slices.Clone(issued), `certificate_step 5 {"certificate":"@k","on":"2026-06-01","step":"lost","answers":"@s3"}`), "cert_lost", "cert_reissue p1 06-10; cert_yearly p1 2027-03-06"},
		{"withdrawn twice", "2026-06-01", append(slices.Clone(issued), `certificate_step 5 {"certificate":"@k","on":"2026-05-01","step":"withdrawn","answers":"@s3","reason":"注销"}`, `certificate_step 4 {"certificate":"@k","on":"2026-05-02","step":"withdrawn","answers":"@s3","reason":"注销"}`), "cert_withdrawn", ""},
		{"rejected by a community, which may not", "2026-03-03", append(slices.Clone(asked), `certificate_step 5 {"certificate":"@k","on":"2026-03-03","step":"rejected","answers":"@s1","reason":"不符"}`), "cert_asked", "cert_check p1 03-11; crossed p1"},
	} {
		w := newWorld(t)
		f := family(w)
		w.told(&f, c.lines...)
		rows := w.book.OfFamily(f, c.day)
		if got := paperTasks(t, rows); got != c.want {
			t.Errorf("%s: to do %q, want %q", c.name, got, c.want)
		}
		if got := stateOf(t, rows, "certificate"); got != c.state {
			t.Errorf("%s: it is %q, want %q", c.name, got, c.state)
		}
	}
}

// stateOf is the state of the only case of a procedure; "" where there is none.
func stateOf(t *testing.T, rows facts.Rows, flow string) (state string) {
	t.Helper()
	for _, row := range rowsOf(rows, facts.CaseKind) {
		if row.Values["flow"].Text() != flow {
			continue
		}
		if state != "" {
			t.Errorf("a second case of %s: %s beside %s", flow, row.Values["state"].Text(), state)
		}
		state = row.Values["state"].Text()
	}
	return state
}

// TestLoans: a loan's case goes by its steps and by what the loan says alone; it is followed
// each quarter, and the next instalment is due once.
func TestLoans(t *testing.T) {
	asked := []string{`loan 5 {"id":"@l","person":"@p1"}`, `loan_step 5 {"id":"@s1","person":"@p1","loan":"@l","on":"2026-03-02","step":"asked"}`}
	granted := append(slices.Clone(asked), `loan_step 4 {"id":"@s2","person":"@p1","loan":"@l","on":"2026-03-04","step":"examined","answers":"@s1"}`,
		`loan_step 3 {"id":"@s3","person":"@p1","loan":"@l","on":"2026-03-06","step":"granted","answers":"@s2"}`)
	paid := append(slices.Clone(granted), `loan_step 3 {"id":"@s4","person":"@p1","loan":"@l","on":"2026-03-31","step":"paid","answers":"@s3","next_due_on":"2026-06-30"}`)
	const record = `loan 4 {"id":"@l","person":"@p1","state":"5","paid_on":"2026-01-10","next_due_on":"2026-05-20"}`
	for _, c := range []struct {
		name, day   string
		lines       []string
		state, want string
	}{
		{"asked", "2026-03-02", asked, "loan_asked", "loan_examine p1 03-11"},
		{"examined", "2026-03-04", granted, "loan_examined", "loan_grant p1 03-13"},
		{"granted", "2026-03-06", granted, "loan_granted", "loan_pay p1 03-17"},
		{"paid out", "2026-03-31", paid, "loan_paid", "loan_follow p1 06-30; loan_overdue p1 06-30"},
		{"followed", "2026-06-30", append(slices.Clone(paid), `loan_step 5 {"person":"@p1","loan":"@l","on":"2026-06-30","step":"followed","answers":"@s4","next_due_on":"2026-09-30"}`), "loan_followed", "loan_follow p1 09-30; loan_overdue p1 09-30"},
		{"overdue", "2026-07-02", append(slices.Clone(paid), `loan_step 5 {"person":"@p1","loan":"@l","on":"2026-07-01","step":"overdue","answers":"@s4","reason":"困难"}`), "loan_overdue", "loan_follow p1 10-01; loan_overdue p1 06-30"},
		{"repaid", "2026-07-01", append(slices.Clone(paid), `loan_step 5 {"person":"@p1","loan":"@l","on":"2026-07-01","step":"repaid","answers":"@s4"}`), "loan_repaid", ""},
		{"granted by a street, which may not", "2026-03-06", append(slices.Clone(asked), `loan_step 4 {"person":"@p1","loan":"@l","on":"2026-03-06","step":"granted","answers":"@s1"}`), "loan_asked", "crossed p1; loan_examine p1 03-11"},
		{"refused", "2026-03-06", append(slices.Clone(asked), `loan_step 3 {"person":"@p1","loan":"@l","on":"2026-03-06","step":"refused","answers":"@s1","reason":"不符"}`), "loan_refused", ""},
		{"by its record", "2026-04-14", []string{record}, "loan_paid", "loan_follow p1 04-10; loan_overdue p1 05-20"},
		{"by its record, and served", "2026-04-15", []string{record, `service 5 {"person":"@p1","on":"2026-04-15","service_kind":["10"]}`}, "loan_paid", "loan_follow p1 07-15; loan_overdue p1 05-20"},
		{"by its record, repaid", "2026-04-15", []string{strings.Replace(record, `"state":"5"`, `"state":"6","repaid_on":"2026-04-01"`, 1)}, "loan_repaid", ""},
		{"by its record, refused", "2026-04-15", []string{`loan 5 {"person":"@p1","state":"8","applied_on":"2026-01-10","decided_on":"2026-02-01"}`}, "loan_refused", ""},
		{"the record and steps", "2026-04-01", append([]string{strings.Replace(record, "2026-01-10", "2026-03-31", 1)}, paid[1:]...), "loan_paid", "loan_follow p1 06-30; loan_overdue p1 06-30"},
	} {
		w := newWorld(t)
		f := family(w)
		w.told(&f, c.lines...)
		rows := w.book.OfFamily(f, c.day)
		if got := paperTasks(t, rows); got != c.want {
			t.Errorf("%s: to do %q, want %q", c.name, got, c.want)
		}
		if got := stateOf(t, rows, "loan"); got != c.state {
			t.Errorf("%s: it is %q, want %q", c.name, got, c.state)
		}
	}
}

// TestPaperTerms: a pack that names other terms of certificates and loans is in force.
func TestPaperTerms(t *testing.T) {
	w := newWorld(t)
	f := family(w)
	w.told(&f, `certificate 5 {"id":"@k","person":"@p1","kind":"03"}`, `certificate_step 5 {"certificate":"@k","on":"2026-03-02","step":"asked"}`,
		`loan 5 {"id":"@l","person":"@p1"}`, `loan_step 5 {"person":"@p1","loan":"@l","on":"2026-03-02","step":"asked"}`)
	w.publish(w.pack(rulepack.ClocksKind, "2026-01-01", "", "certificate_days: 2\nloan_days: 3"))
	if got, want := paperTasks(t, w.book.OfFamily(f, "2026-03-02")), "cert_check p1 03-04; loan_examine p1 03-05"; got != want {
		t.Errorf("to do %q, want %q", got, want)
	}
}

// TestPaperFigures: a loan that was paid out and a certificate that was issued are counted by
// their cases, whether steps or the record say it.
func TestPaperFigures(t *testing.T) {
	asked := []string{`loan 5 {"id":"@l","person":"@p1"}`, `loan_step 5 {"id":"@s1","person":"@p1","loan":"@l","on":"2026-03-02","step":"asked"}`}
	granted := append(slices.Clone(asked), `loan_step 4 {"id":"@s2","person":"@p1","loan":"@l","on":"2026-03-02","step":"examined"}`, `loan_step 3 {"id":"@s3","person":"@p1","loan":"@l","on":"2026-03-02","step":"granted"}`)
	paid := append(slices.Clone(granted), `loan_step 3 {"id":"@s0","person":"@p1","loan":"@l","on":"2026-03-02","step":"paid"}`)
	issued := []string{`certificate 5 {"id":"@k","person":"@p1","kind":"01"}`, `certificate_step 5 {"id":"@s9","certificate":"@k","on":"2026-03-02","step":"asked"}`, `certificate_step 4 {"id":"@s8","certificate":"@k","on":"2026-03-03","step":"issued"}`}
	for _, c := range []struct {
		name               string
		lines              []string
		loans, certificate string
	}{
		{"granted", granted, "0", "0"},
		{"paid out by a step", paid, "1", "0"},
		{"paid out by the record", []string{`loan 5 {"id":"@l","person":"@p1","paid_on":"2026-03-02"}`}, "1", "0"},
		{"by both", append([]string{`loan 5 {"id":"@l","person":"@p1","state":"4","paid_on":"2026-03-02"}`}, paid[1:]...), "1", "0"},
		{"refused, whatever its day says", []string{`loan 5 {"id":"@l","person":"@p1","state":"8","applied_on":"2026-03-01","paid_on":"2026-03-02"}`}, "0", "0"},
		{"issued by a step", issued, "0", "1"},
		{"issued by the record", []string{`certificate 5 {"id":"@k","person":"@p1","kind":"01","issued_on":"2026-03-03"}`}, "0", "1"},
		{"issued by both", append([]string{`certificate 5 {"id":"@k","person":"@p1","kind":"01","state":"2","issued_on":"2026-03-03"}`}, issued[1:]...), "0", "1"},
		{"rejected", append(slices.Clone(issued[:2]), `certificate_step 4 {"certificate":"@k","on":"2026-03-03","step":"rejected"}`), "0", "0"},
	} {
		w := newWorld(t)
		f := family(w)
		w.told(&f, c.lines...)
		rows := w.book.OfFamily(f, "2026-06-01")
		if loans, certificates := figure(t, rows, "loans/times"), figure(t, rows, "certificates/times"); loans != c.loans || certificates != c.certificate {
			t.Errorf("%s: %s loans and %s certificates, want %s and %s", c.name, loans, certificates, c.loans, c.certificate)
		}
	}
}

// TestCertifiedBySteps: who was given the certificate by a step holds it, until it is frozen
// or withdrawn.
func TestCertifiedBySteps(t *testing.T) {
	step := func(level int, day, step string) string {
		return fmt.Sprintf(`certificate_step %d {"certificate":"@k","on":"2026-03-%s","step":%q}`, level, day, step)
	}
	lines := []string{`certificate 5 {"id":"@k","person":"@p1","kind":"01"}`, step(5, "02", "asked"), step(4, "03", "issued")}
	for what, c := range map[string]struct {
		more []string
		want string
	}{
		"asked": {nil, "0/1"}, "issued": {nil, "1/1"}, "frozen": {[]string{step(4, "04", "frozen")}, "0/1"},
		"resumed": {[]string{step(4, "04", "frozen"), step(4, "05", "resumed")}, "1/1"}, "withdrawn": {[]string{step(4, "04", "withdrawn")}, "0/1"},
	} {
		w := newWorld(t)
		f := w.atWork(husband + `,"hardship":["010"]`)
		all := append(slices.Clone(lines), c.more...)
		if what == "asked" {
			all = lines[:2]
		}
		w.told(&f, all...)
		if got := figure(t, w.book.OfFamily(f, "2026-06-01"), "certificate_rate/all"); got != c.want {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
}
