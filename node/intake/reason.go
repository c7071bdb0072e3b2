package intake

import (
	"slices"
	"strings"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
	"tongbu/internal/words"
	"tongbu/node/desk"
	"tongbu/node/sheet"
)

// Words say in a language why rows are rejected.
type Words struct {
	Lang   words.Language
	Tables []*sheet.Table
	Title  func(line int) string // what a row of the file is called
}

// Cells says what is wrong with the cells of a row.
func (w Words) Cells(problems []sheet.Problem) string {
	var parts []string
	for _, problem := range problems {
		part := Sentence(w.Lang, problem.Err.Error(), fault.Hint(problem.Err))
		if problem.Field != nil {
			part = problem.Field.Label.In(string(w.Lang)) + colon(w.Lang) + part
		}
		if !slices.Contains(parts, part) { // several cells may have one thing wrong
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, Semicolon(w.Lang))
}

// Refused says why the directory rejected a row.
func (w Words) Refused(one desk.Imported) string {
	switch {
	case one.SameAs > 0:
		return w.Lang.Say("%s: row %s", Sentence(w.Lang, one.Why, one.Hint), w.Title(one.SameAs))
	case len(one.Refused) == 0:
		return Sentence(w.Lang, one.Why, one.Hint)
	}
	var parts []string
	for _, problem := range one.Refused {
		text := schema.Label{Zh: problem.Zh, En: problem.Message}.In(string(w.Lang))
		parts = append(parts, w.Label(problem.Field)+colon(w.Lang)+text)
	}
	return strings.Join(parts, Semicolon(w.Lang))
}

// Label is the label of a field, of whichever kind of the file has it.
func (w Words) Label(field string) string {
	for _, t := range w.Tables {
		if f, ok := t.Kind.Field(field); ok {
			return f.Label.In(string(w.Lang))
		}
	}
	return field
}

// Sentence is a message with its hint.
func Sentence(lang words.Language, text, hint string) string {
	if hint == "" {
		return lang.Line(text)
	}
	return lang.Say("%s (%s)", lang.Line(text), lang.Line(hint))
}

func colon(lang words.Language) string {
	if lang == words.Chinese {
		return "："
	}
	return ": "
}

// Semicolon stands between reasons.
func Semicolon(lang words.Language) string {
	if lang == words.Chinese {
		return "；"
	}
	return "; "
}
