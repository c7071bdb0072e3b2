package archive

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"tongbu/internal/facts"
	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/node/desk"
)

// Row is a row of a ledger on the last day of a year.
type Row struct {
	No int // its number in the print
	*desk.Shown

	mark string
}

// markLength is how much of a row's hash an index keeps, in characters of 6 bits: enough
// to tell a row that was changed from one that was not, and of no use for anything else,
// since the name of a row is in the hash and cannot be guessed.
const markLength = 5

// rows are those of a ledger as of the end of a year, as they are printed.
func (a *Archive) rows(ctx context.Context, l Ledger, year int, by desk.Asker) (all []Row, err error) {
	k, known := a.schema.Kind(l.Kind)
	if !known {
		return nil, fault.New(fault.Internal, "no ledger %s", l.Kind)
	}
	table, err := a.paper.Table(l.Kind, lastDay(year))
	if err != nil {
		return nil, err
	}
	err = a.desk.EachOf(ctx, table, by, func(shown *desk.Shown) error {
		mark, err := markOf(k, shown)
		all = append(all, Row{No: len(all) + 1, Shown: shown, mark: mark})
		return err
	})
	return all, err
}

// markOf is the mark of what a row says on paper.
func markOf(k *schema.Kind, shown *desk.Shown) (string, error) {
	said := map[string]any{"id": shown.ID}
	for _, f := range k.Fields {
		if f.Print > 0 && shown.Fields[f.Name] != nil {
			said["."+f.Name] = shown.Fields[f.Name]
		}
	}
	raw, err := json.Marshal(said) // by name, so in one order
	if err != nil {
		return "", fault.As(fault.Internal, "mark a row", err)
	}
	sum := sha256.Sum256(raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])[:markLength], nil
}

// An index says in words what is in the volume, and then the marks of its rows.
const marksBegin = "核对码 "

func contentsOf(rows, pages int, marks []string) string {
	text := fmt.Sprintf("%d 条，%d 页", rows, pages)
	if rows == 0 {
		text = "本年无记录，空表 1 页"
	}
	return fmt.Sprintf("%s；规则 %d\n%s%s", text, facts.Version, marksBegin, strings.Join(marks, ""))
}

// marksIn are the marks in an index, each as often as it stands there; false for an index
// that another program has made, or under other rules.
func marksIn(contents string) (marks map[string]int, same bool) {
	head, tail, found := strings.Cut(contents, "\n"+marksBegin)
	if !found || !strings.HasSuffix(head, fmt.Sprintf("；规则 %d", facts.Version)) || len(tail)%markLength != 0 {
		return nil, false
	}
	marks = map[string]int{}
	for ; tail != ""; tail = tail[markLength:] {
		marks[tail[:markLength]]++
	}
	return marks, true
}

// Since is what has become of a closed ledger.
type Since struct {
	Known bool  // the volumes were closed under the rules of now; else nothing can be said
	Rows  []Row // that read otherwise now, or were not there
	Gone  int   // rows of the volumes that no longer stand so
	Now   int   // rows now
}

// Since compares a ledger of a closed year with its volumes: what was corrected, or came
// late. Whoever asks is shown persons.
func (a *Archive) Since(ctx context.Context, ledger string, year int, by desk.Asker) (s Since, err error) {
	volumes, err := a.Volumes(ctx, year)
	if err != nil {
		return s, err
	}
	kept := map[string]int{}
	for _, v := range volumes {
		if v.Ledger != ledger {
			continue
		}
		marks, same := marksIn(v.contents)
		if !same {
			return Since{}, nil
		}
		s.Known = true
		for mark, n := range marks {
			kept[mark] += n
		}
	}
	for _, l := range Ledgers {
		if l.Code != ledger || !s.Known {
			continue
		}
		rows, err := a.rows(ctx, l, year, by)
		if err != nil {
			return s, err
		}
		s.Now = len(rows)
		for _, row := range rows {
			if kept[row.mark]--; kept[row.mark] < 0 {
				s.Rows = append(s.Rows, row)
			}
		}
	}
	for _, n := range kept {
		s.Gone += max(n, 0)
	}
	return s, nil
}
