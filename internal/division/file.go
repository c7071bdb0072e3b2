package division

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/tree"
)

// Limits of a file: what it says goes to every device.
const (
	MaxFile = 2 << 20 // bytes
	MaxRows = 10_000
)

// Row is one operation of a file. Codes name units as they are before, those of parents and
// heirs as they are from the day on; there a code that is given up is understood too.
type Row struct {
	Line       int
	Op         Op
	Code       string // of the unit; of an added one its new code
	Name       string
	Level      tree.Level // of an added unit; 0: that below its parent
	ParentCode string
	NewCode    string
	HeirCode   string
	List       string // of a split: who gets which household
}

// Problem is why nothing of a file is done.
type Problem struct {
	Line    int    `json:"line"` // 0: of no line
	Rule    string `json:"rule"`
	Message string `json:"message"`
}

// columns are those of a file. Others are an error: a misspelt one would be left out.
var columns = []string{"op", "code", "name", "level", "parent_code", "new_code", "heir_code", "list"}

// Parse reads a file. Of the columns only op and code are needed. What is wrong in a line is
// a problem of that line; it returns Invalid for what is no such file.
func Parse(r io.Reader) (rows []Row, problems []Problem, err error) {
	limited := &io.LimitedReader{R: r, N: MaxFile + 1}
	in := csv.NewReader(limited)
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return nil, nil, readFault(err)
	}
	names, err := readHeader(header)
	if err != nil {
		return nil, nil, err
	}
	for {
		record, err := in.Read()
		switch {
		case limited.N <= 0 || len(rows)+len(problems) > MaxRows:
			return nil, nil, fault.New(fault.Invalid, "the file of changes is larger than %d bytes or %d rows", MaxFile, MaxRows)
		case errors.Is(err, io.EOF) && len(rows)+len(problems) == 0:
			return nil, nil, fault.New(fault.Invalid, "the file of changes has no rows").WithHint("one row an operation, below the line of column names")
		case errors.Is(err, io.EOF):
			return rows, problems, nil
		case err != nil:
			return nil, nil, readFault(err)
		}
		line, _ := in.FieldPos(0)
		row, wrong := readRow(names, record, line)
		if wrong != nil {
			problems = append(problems, *wrong)
			continue
		}
		rows = append(rows, row)
	}
}

// readFault classes a form error as Invalid and leaves a failure to read as it is.
func readFault(err error) error {
	var form *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return fault.New(fault.Invalid, "the file of changes is empty")
	case errors.As(err, &form):
		return fault.As(fault.Invalid, "read the file of changes", err)
	}
	return fault.Wrap("read the file of changes", err)
}

func readHeader(header []string) ([]string, error) {
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if !slices.Contains(columns, names[i]) || slices.Contains(names[:i], names[i]) {
			return nil, fault.New(fault.Invalid, "line 1: column %d is no column of changes, or one that stands there already", i+1).
				WithHint("the columns are %s", strings.Join(columns, ","))
		}
	}
	if !slices.Contains(names, "op") || !slices.Contains(names, "code") {
		return nil, fault.New(fault.Invalid, "line 1: the columns op and code are needed").WithHint("the columns are %s", strings.Join(columns, ","))
	}
	return names, nil
}

func problem(line int, rule, format string, args ...any) Problem {
	return Problem{line, rule, fmt.Sprintf(format, args...)}
}

func readRow(names, record []string, line int) (row Row, wrong *Problem) {
	if len(record) > len(names) {
		p := problem(line, "form", "there are more cells than columns")
		return row, &p
	}
	cell := map[string]string{}
	for i, text := range record {
		cell[names[i]] = strings.TrimSpace(text)
	}
	row = Row{Line: line, Op: Op(strings.ToLower(cell["op"])), Code: cell["code"], Name: cell["name"],
		ParentCode: cell["parent_code"], NewCode: cell["new_code"], HeirCode: cell["heir_code"], List: cell["list"]}
	if row.Op == "parent" {
		row.Op = Reparent
	}
	if cell["level"] != "" {
		level, err := strconv.Atoi(cell["level"])
		if row.Level = tree.Level(level); err != nil || !row.Level.Valid() {
			p := problem(line, "form", "the level is not 2 to 5")
			return row, &p
		}
	}
	return row, row.check()
}

// check says what is wrong with the form of a row; nil: nothing.
func (r *Row) check() *Problem {
	wrong := func(p Problem) *Problem { return &p }
	for _, c := range r.cells() {
		if strings.HasSuffix(c.name, "code") && c.text != "" && !tree.IsCode(c.text) {
			return wrong(problem(r.Line, "form", "column %s is not 12 digits", c.name))
		}
	}
	form, known := forms[r.Op]
	if !known {
		return wrong(problem(r.Line, "form", "op is none of add, rename, recode, reparent, merge, split and retire"))
	}
	for _, c := range r.cells() {
		switch said := c.text != ""; {
		case !said && slices.Contains(form.needs, c.name):
			return wrong(problem(r.Line, "form", "operation %s needs the column %s", r.Op, c.name))
		case said && !slices.Contains(form.needs, c.name) && !slices.Contains(form.takes, c.name):
			return wrong(problem(r.Line, "form", "operation %s takes no column %s", r.Op, c.name))
		}
	}
	return nil
}

// forms are the columns of each operation.
var forms = map[Op]struct{ needs, takes []string }{
	Add:      {needs: []string{"code", "name", "parent_code"}, takes: []string{"level"}},
	Rename:   {needs: []string{"code", "name"}},
	Recode:   {needs: []string{"code", "new_code"}, takes: []string{"name", "parent_code"}},
	Reparent: {needs: []string{"code", "parent_code"}, takes: []string{"name"}},
	Merge:    {needs: []string{"code", "heir_code"}},
	Split:    {needs: []string{"code", "heir_code", "list"}},
	Retire:   {needs: []string{"code"}},
}

type cell struct{ name, text string }

func (r *Row) cells() []cell {
	level := ""
	if r.Level != 0 {
		level = strconv.Itoa(int(r.Level))
	}
	return []cell{{"code", r.Code}, {"name", r.Name}, {"level", level}, {"parent_code", r.ParentCode}, {"new_code", r.NewCode}, {"heir_code", r.HeirCode}, {"list", r.List}}
}

// Write writes rows as a file that Parse reads.
func Write(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	err := out.Write(columns)
	for i := 0; err == nil && i < len(rows); i++ {
		record := []string{string(rows[i].Op)}
		for _, c := range rows[i].cells() {
			record = append(record, c.text)
		}
		err = out.Write(record)
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	return fault.Wrap("write the file of changes", err)
}
