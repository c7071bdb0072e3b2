package viewtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"tongbu/hub/view"
	"tongbu/internal/change"
	"tongbu/internal/schema"
)

const question = `
codes:
  - name: x.pet
    standard: project
    label: {zh: 宠物种类}
    items: [{code: "1", zh: 猫}, {code: "2", zh: 狗}]
kinds:
  - name: person
    extends: true
    fields:
      - {name: x.pet, label: {zh: 宠物}, type: code, codes: x.pet, index: true, after: name}
      - {name: x.pets, label: {zh: 宠物们}, type: codes, codes: x.pet}
      - {name: x.tame, label: {zh: 驯服}, type: boolean, index: true}
      - {name: x.vet, label: {zh: 兽医}, type: text, person_name: true, index: true}
      - {name: x.fee, label: {zh: 费用}, type: money}
    checks:
      - {rule: x.fee_known, test: present, field: x.fee, when: [{field: x.pet, present: true}], strength: soft, message: {zh: 应填费用}}
  - name: x.walk
    label: {zh: 遛狗}
    writers: [5]
    fields:
      - {name: x.where, label: {zh: 地点}, type: text, index: true}
`

func mustPublish(t testing.TB, s *schema.Schema, number uint64, document string) *schema.Schema {
	t.Helper()
	next, _, problems := s.Publish(number, []byte(document))
	if problems != nil {
		t.Fatal(problems)
	}
	return next
}

// reshape gives the view another schema, and reports whether its tables are made again.
func (b *bench) reshape(s *schema.Schema) bool {
	b.t.Helper()
	again, err := b.view.Reshape(b.t.Context(), s)
	if err != nil {
		b.t.Fatal(err)
	}
	b.schema = s
	if b.view.Schema() != s {
		b.t.Error("the view has another schema")
	}
	return again
}

// testReshape: tables that grew are those that a rebuilt view has, with what came
// before the question and after.
func testReshape(t *testing.T, b *bench) {
	text := change.Text
	fill(b.journal)
	b.journal.Person(First, Numbered(First, "x1"), Fields{"name": text("甲"), "x.pet": text("1"), "x.vet": text("王 医生"), "x.tame": change.Bool(true)})
	b.journal.Person(First, Numbered(First, "x2"), Fields{"name": text("乙"), "x.pet": text("1"), "x.pets": change.Set([]string{"1", "2"})})
	b.journal.Person(First, Numbered(First, "x2"), Fields{"x.pet": text("2"), "x.fee": change.Int(7)})
	b.journal.Person(Second, Numbered(Second, "x3"), Fields{"name": text("丙"), "x.pet": text("1"), "valid": text("0")})
	b.journal.Person(Second, Numbered(Second, "x4"), Fields{"name": text("丁"), "x.pet": change.Int(7), "x.unknown": text("u")})
	b.journal.AddOn(Third, 1, Numbered(Third, "x5"), Fields{"name": text("戊"), "x.pet": text("1")}, nil)
	b.journal.AddOn(Third, 2, Numbered(Third, "x5"), Fields{"name": text("戊"), "x.pet": text("2")}, nil)
	b.sync()
	b.review(reviewDay)
	at, sum := b.applied(), b.digest("")
	b.want(b.reshape(mustPublish(t, b.schema, 1, question)), false)
	b.want(b.applied(), at)
	b.want(b.digest(""), sum)
	b.want(b.rows(b.query("person", `x.pet = "1" AND x.vet = "王医生"`, "", "name")), []string{`["甲"]`})
	b.want(b.rows(b.query("person", `findings:"x.fee_known"`, "", "name")), []string{})
	b.review(reviewDay)
	b.want(len(b.rows(b.query("person", `findings:"x.fee_known"`, "", "name"))) > 0, true)

	picture := func() []string {
		all := b.rows(b.query("person", "", "id", "id", "name", "x.pet", "x.pets", "x.tame", "x.vet", "x.fee", "findings", "conflicts"))
		all = append(all, b.rows(b.query("x.walk", "", "id", "id", "x.where"))...)
		for _, by := range [][]string{{"x.pet"}, {"x.tame"}, {"community", "x.pet"}, {"x.pets"}, {"community"}} {
			all = append(all, b.json(b.groups(b.query("person", "", ""), by...)))
		}
		return all
	}
	first := picture()
	b.mustOpen()
	b.want(b.applied(), at)
	b.want(picture(), first)
	b.journal.Person(First, Numbered(First, "x1"), Fields{"x.pet": text("2")})
	b.journal.Person(First, Numbered(First, "x2"), Fields{"valid": text("0")})
	b.journal.Person(Second, Numbered(Second, "x3"), Fields{"valid": text("1")})
	b.journal.Person(First, Numbered(First, "x6"), Fields{"name": text("己"), "x.pet": text("1"), "x.tame": change.Bool(false)})
	b.journal.Add(First, First, "x.walk", Numbered(First, "w1"), Fields{"x.where": text("河边")})
	b.sync()
	b.review(reviewDay)
	want := picture()
	b.mustReset()
	b.sync()
	b.review(reviewDay)
	b.want(want, picture())
}

// testReshapeCodes: other codes and rules leave the tables alone.
func testReshapeCodes(t *testing.T, b *bench) {
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	b.sync()
	b.review(reviewDay)
	at := b.applied()
	b.want(b.reshape(mustPublish(t, b.schema, 1, "codes:\n  - name: housing\n    extends: true\n    items: [{code: \"41\", zh: 船屋}]\n")), false)
	b.want(b.applied(), at)
	day, err := b.view.Reviewed(t.Context())
	b.want(err, nil)
	b.want(day, "")
}

// testReshapeStrays: of a kind whose changes came before it, the journal is read again.
func testReshapeStrays(t *testing.T, b *bench) {
	b.journal.Person(First, "p-1", Fields{"name": change.Text("甲")})
	b.journal.Add(First, First, "x.walk", Numbered(First, "w1"), Fields{"x.where": change.Text("河边")})
	b.sync()
	b.want(b.skipped(), uint64(1))
	b.want(b.reshape(mustPublish(t, b.schema, 1, question)), true)
	b.want(b.applied(), uint64(0))
	b.sync()
	b.want(b.rows(b.query("x.walk", "", "", "x.where")), []string{`["河边"]`})
	b.want(b.skipped(), uint64(0))
}

// testReshapeBeside: questions go on while the tables grow, each by the schema of the
// tables, and so does what is read for long.
func testReshapeBeside(t *testing.T, b *bench) {
	fill(b.journal)
	for i := range 20 {
		b.journal.Person(First, Numbered(First, fmt.Sprint("y", i)), Fields{"name": change.Text("甲"), "x.pet": change.Text("1")})
	}
	b.sync()
	b.review(reviewDay)
	want := len(b.rows(b.query("person", "", "", "id")))
	var asking sync.WaitGroup
	done := make(chan struct{})
	ask := func(question func(s *schema.Schema) (int, error)) {
		asking.Go(func() {
			for open := true; open; {
				select {
				case <-done:
					open = false
				default:
				}
				if n, err := question(b.view.Schema()); err != nil || n != want {
					t.Errorf("%d rows, %v; want %d", n, err, want)
					return
				}
			}
		})
	}
	query := func(s *schema.Schema) view.Query {
		columns := []string{"id", "name"}
		if k, _ := s.Kind("person"); s.Version() > 0 && k != nil {
			columns = append(columns, "x.pet", "x.pets")
		}
		return MustQuery(t, s, "person", "", "", columns...)
	}
	ask(func(s *schema.Schema) (int, error) {
		rows, err := b.view.Rows(t.Context(), query(s))
		return len(rows), err
	})
	ask(func(s *schema.Schema) (n int, err error) {
		err = b.view.EachRow(t.Context(), query(s), func(context.Context, view.Row) error {
			n++
			return nil
		})
		return n, err
	})
	ask(func(s *schema.Schema) (int, error) {
		n, err := b.view.Count(t.Context(), query(s))
		return int(n), err
	})
	s := b.schema
	for i := range uint64(4) {
		document := question
		if i > 0 {
			document = fmt.Sprintf("kinds:\n  - name: person\n    extends: true\n    fields:\n      - {name: x.q%d, label: {zh: 问%d}, type: code, codes: sex, index: true}\n", i, i)
		}
		s = mustPublish(t, s, i+1, document)
		b.want(b.reshape(s), false)
		b.review(reviewDay)
	}
	close(done)
	asking.Wait()
}
